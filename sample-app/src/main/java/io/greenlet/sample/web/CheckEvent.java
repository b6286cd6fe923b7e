package io.greenlet.sample.web;

import io.greenlet.pool.PoolSnapshot;
import io.greenlet.sample.crawl.Progress;

/// The state of a check and of its pool at one moment: the data of an event.
///
/// @param status where the check is
/// @param pagesDone pages visited, well or in vain
/// @param pagesKnown pages of the site that links have named so far
/// @param links links seen so far, with repetitions
/// @param broken distinct URLs found broken so far
/// @param millis time since the check began, in milliseconds
/// @param pool the pool that all checks share
record CheckEvent(CheckStatus status, int pagesDone, int pagesKnown, long links, int broken, long millis, Pool pool) {

    CheckEvent(CheckStatus status, Progress progress, PoolSnapshot pool) {
        this(status, progress.pagesDone(), progress.pagesKnown(), progress.links(), progress.broken(),
                progress.millis(), new Pool(pool.size(), pool.running(), pool.free(), pool.waiting()));
    }

    /// The pool's figures.
    ///
    /// @param size how many tasks may run at once
    /// @param running slots taken
    /// @param free slots free; negative after a shrink until enough tasks have ended
    /// @param waiting tasks in line
    record Pool(int size, int running, int free, int waiting) {}
}
