/// Bounded green threads.
///
/// A [io.greenlet.pool.GreenPool] lets at most `size` green threads run; everyone else stands in one line, in the order
/// in which they came, blocked callers and queued tasks alike. A task has its slot before its virtual thread exists.
///
/// ```
///   spawn, submit, imap ──▶ a slot is free? ──yes──▶ its green thread starts
///                               │ no                        │ ends: slot back, links, waiters
///                               ▼                           ▼
///                    WhenFull: BLOCK, QUEUE ──▶ line ──▶ the slot goes straight to the first in line,
///                              REJECT, CALLER_RUNS       never past anyone
/// ```
///
/// - [io.greenlet.pool.GreenPool]: what users call; it puts together the parts below.
/// - `PermitCore`: slots, line, resize, idleness: the only place that counts slots.
/// - `PoolTask`: a green thread with a slot; `PoolLedger` counts outcomes and tells listeners, and its `Roster` seats those that
///   run.
/// - [io.greenlet.pool.ResourcePool]: at most so many of what is dear to make, each used by one at a time, and
///   [io.greenlet.pool.TokenPool], permission in place of a thing. `ResourceStore` keeps its books: what there is, who has it, and
///   the line.
/// - [io.greenlet.pool.DagPool]: nodes that wait for each other's results by key; `DagBoard` is what it knows, `DagAwait` how
///   one waits for it.
/// - [io.greenlet.pool.GreenGroup]: green threads that are joined and killed together.
/// - [io.greenlet.pool.GreenThreadPoolExecutor]: a pool as an `ExecutorService`; `ExecutorCore` keeps its books, an
///   `ExecutorTask` is a `PoolTask` that tells them.
/// - `GreenMap` and [io.greenlet.pool.GreenPile]: results in order, or as they come, in bounded memory.
///
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="pool"}
@NullMarked
package io.greenlet.pool;

import org.jspecify.annotations.NullMarked;
