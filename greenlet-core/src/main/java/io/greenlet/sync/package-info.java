/// What green threads share: the [io.greenlet.sync.GreenEvent], sent once and awaited by any number; the
/// [io.greenlet.sync.GreenQueue], whose elements go to one taker each; the [io.greenlet.sync.GreenSemaphore] and the
/// [io.greenlet.sync.CappedSemaphore], permits to take and give back.
///
/// Each primitive is a state and a line of waiters under one lock (`QueueCore` and `Balance` are what queue and semaphores
/// decide); it is safe from every thread, green or not, on every
/// hub (eventlet's are bound to one OS thread). Waiters are served in the order in which they came.
///
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="event"}
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="queue"}
@NullMarked
package io.greenlet.sync;

import org.jspecify.annotations.NullMarked;
