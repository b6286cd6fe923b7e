/// What waiting is made of: one thread's wait, and the line in which waits stand.
///
/// ```
///   primitive: lock ─▶ look at the state ─▶ must wait? add a Waiter to the WaitList ─▶ unlock ─▶ waiter.await()
///   the other side: lock ─▶ change the state, poll a Waiter, give it what it gets ─▶ unlock ─▶ waiter.wake()
///   time over or interrupted: lock ─▶ WaitList.remove: true, nothing was given; false, the gift stands
/// ```
///
/// A [io.greenlet.waiting.WaitList] is a plain data structure under its owner's lock; a
/// [io.greenlet.waiting.Waiter] is the only place that parks. Where the other side is often at work on another processor, a
/// [io.greenlet.waiting.Lookout] learns whether its waits had better look for the gift before that. This package stays inside
/// the module.
@NullMarked
package io.greenlet.waiting;

import org.jspecify.annotations.NullMarked;
