/// What green threads share: so far the [io.greenlet.sync.GreenEvent].
///
/// Each primitive is a state and a line of waiters under one lock; it is safe from every thread, green or not, on every
/// hub (eventlet's are bound to one OS thread). Waiters are served in the order in which they came.
///
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="event"}
@NullMarked
package io.greenlet.sync;

import org.jspecify.annotations.NullMarked;
