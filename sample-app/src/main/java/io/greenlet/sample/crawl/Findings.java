package io.greenlet.sample.crawl;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.sample.crawl.Report.SlowPage;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a check has found so far: its [LinkMap], its clock, and the peak of its pool.
///
/// The crawl adds visits while others read the progress and the report, all under one lock.
final class Findings {

    private static final int MOST_BROKEN_SHOWN = 1_000;
    private static final int MOST_SLOW = 10;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final LinkMap map;
    @GuardedBy("lock")
    private final PriorityQueue<SlowPage> slowest = new PriorityQueue<>(Comparator.comparingLong(SlowPage::millis));
    @GuardedBy("lock")
    private int pagesDone;
    @GuardedBy("lock")
    private int peakRunning;
    @GuardedBy("lock")
    private int peakWaiting;
    @GuardedBy("lock")
    private long began = System.nanoTime();
    @GuardedBy("lock")
    private long took = -1; // nanoseconds; negative until the check has ended

    Findings(CrawlOptions options) {
        map = new LinkMap(options);
    }

    /// Starts the clock.
    void begin() {
        lock.lock();
        try {
            began = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    /// Stops the clock.
    void end() {
        lock.lock();
        try {
            took = System.nanoTime() - began;
        } finally {
            lock.unlock();
        }
    }

    /// Returns the site, which is known once the start has been read; null before.
    @Nullable Site site() {
        lock.lock();
        try {
            return map.site();
        } finally {
            lock.unlock();
        }
    }

    /// Takes the URLs that the last wave has brought up.
    List<Target> nextWave() {
        lock.lock();
        try {
            return map.nextWave();
        } finally {
            lock.unlock();
        }
    }

    /// Adds what came of a visit.
    void add(Visit visit) {
        lock.lock();
        try {
            map.add(visit);
            Target target = visit.target();
            if (target.role() == Role.START || target.role() == Role.PAGE) {
                pagesDone++;
                slowest.add(new SlowPage(target.url().toString(), visit.took().toMillis()));
                if (slowest.size() > MOST_SLOW) {
                    slowest.remove();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Keeps the most that was seen of the pool.
    void watch(PoolSnapshot pool) {
        lock.lock();
        try {
            peakRunning = Math.max(peakRunning, pool.running());
            peakWaiting = Math.max(peakWaiting, pool.waiting());
        } finally {
            lock.unlock();
        }
    }

    Progress progress() {
        lock.lock();
        try {
            return new Progress(pagesDone, map.pagesKnown(), map.links(), map.broken(), millis());
        } finally {
            lock.unlock();
        }
    }

    Report report() {
        lock.lock();
        try {
            return new Report(map.pages(), map.links(), map.internal(), map.external(), map.broken(),
                    map.references(), map.skipped(), millis(), peakRunning, peakWaiting,
                    map.brokenLinks(MOST_BROKEN_SHOWN),
                    slowest.stream().sorted(Comparator.comparingLong(SlowPage::millis).reversed()).toList());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(took < 0 ? System.nanoTime() - began : took);
    }
}
