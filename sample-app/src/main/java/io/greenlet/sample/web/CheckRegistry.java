package io.greenlet.sample.web;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.pool.GreenPool;
import io.greenlet.sample.crawl.Crawl;
import io.greenlet.sample.crawl.CrawlOptions;
import io.greenlet.sample.crawl.Fetcher;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The checks there are: those under way, and the last ones that have ended.
///
/// Stops first when the application stops, so that neither the pools nor subscribers to events have to be waited for.
@Component
final class CheckRegistry implements SmartLifecycle {

    private final GreenPool checks;
    private final GreenPool crawler;
    private final Fetcher fetcher;
    private final int remembered;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<String, Check> byId = new LinkedHashMap<>(); // oldest first
    @GuardedBy("lock")
    private long lastId;
    private volatile boolean started;

    CheckRegistry(@Qualifier("checks") GreenPool checks, @Qualifier("crawler") GreenPool crawler, Fetcher fetcher,
            CheckerProperties properties) {
        this.checks = checks;
        this.crawler = crawler;
        this.fetcher = fetcher;
        this.remembered = properties.remembered();
    }

    /// Starts a check. Never blocks.
    ///
    /// @return its id
    /// @throws io.greenlet.pool.RejectedSubmission if too many checks wait already
    String start(CrawlOptions options) {
        lock.lock();
        try {
            String id = Long.toString(lastId + 1);
            byId.put(id, Check.start(id, options, new Crawl(crawler, fetcher, options), checks, crawler));
            lastId++;
            forgetOldest();
            return id;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void forgetOldest() {
        Iterator<Check> oldestFirst = byId.values().iterator();
        int surplus = byId.size() - remembered;
        while (surplus > 0 && oldestFirst.hasNext()) {
            if (oldestFirst.next().status().isEnd()) {
                oldestFirst.remove();
                surplus--;
            }
        }
    }

    Optional<Check> find(String id) {
        lock.lock();
        try {
            return Optional.ofNullable(byId.get(id));
        } finally {
            lock.unlock();
        }
    }

    /// Returns the checks, newest first.
    List<Check> all() {
        lock.lock();
        try {
            return new ArrayList<>(byId.values()).reversed();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        started = true;
    }

    @Override
    public void stop() {
        all().forEach(Check::cancel);
        started = false;
    }

    @Override
    public boolean isRunning() {
        return started;
    }
}
