package io.greenlet.sample.crawl;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.sample.crawl.Visit.Broken;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/// One check of one site: **this is where greenlet is used.**
///
/// The crawl goes breadth first, wave by wave. A wave is a list of URLs; [GreenPool#imapUnordered] runs the blocking
/// [Fetcher] on each, in green threads of a pool that all checks share, and hands the visits back as they end, here in
/// one thread. The pool decides how many run at once; resized in mid-flight, it decides differently from the next URL
/// on. Leaving the `try` block, for whatever reason, kills the visits under way.
///
/// Interruption: [#run()] ends at once, and so does every visit. Thread safety: one thread runs it; any thread may read
/// [#progress()] and [#report()].
public final class Crawl {

    private final GreenPool pool;
    private final Fetcher fetcher;
    private final CrawlOptions options;
    private final Findings findings;

    /// Prepares a check.
    ///
    /// @param pool where the visits run
    /// @param fetcher what makes them
    /// @param options what to check
    public Crawl(GreenPool pool, Fetcher fetcher, CrawlOptions options) {
        this.pool = pool;
        this.fetcher = fetcher;
        this.options = options;
        findings = new Findings(options);
    }

    /// Runs the check to its end. Call it once.
    ///
    /// @throws InterruptedException if the thread is interrupted, as by a kill
    /// @throws RejectedSubmission if the pool is closed
    public void run() throws InterruptedException {
        findings.begin();
        try {
            for (List<Target> wave = findings.nextWave(); !wave.isEmpty(); wave = findings.nextWave()) {
                visit(wave);
            }
        } finally {
            findings.end();
        }
    }

    private void visit(List<Target> wave) throws InterruptedException {
        Set<Target> open = new LinkedHashSet<>(wave);
        String failure = "";
        try (Stream<Visit> stream = pool.imapUnordered(this::visit, wave, options.parallel())) {
            Iterator<Visit> visits = stream.iterator();
            while (visits.hasNext()) {
                try {
                    Visit visit = visits.next();
                    open.remove(visit.target());
                    findings.add(visit);
                } catch (CancellationException | CompletionException e) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("the check was cancelled");
                    }
                    failure = e.getMessage(); // one visit's: the pool ended it
                }
                findings.watch(pool.snapshot());
            }
        }
        for (Target target : open) {
            findings.add(new Visit(target, target.url(), new Broken(Problem.GIVEN_UP, "given up: " + failure),
                    Duration.ZERO));
        }
    }

    /// The body of each green thread.
    private Visit visit(Target target) {
        try {
            return fetcher.visit(target, findings.site(), options.timeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the visit was cancelled: " + target.url());
        }
    }

    /// Returns how far the check has come.
    ///
    /// @return the progress at this moment
    public Progress progress() {
        return findings.progress();
    }

    /// Returns what the check has found so far.
    ///
    /// @return the report at this moment
    public Report report() {
        return findings.report();
    }

    /// Looks at the pool, for those who watch the check, and keeps the peak for the report.
    ///
    /// @return the pool at this moment
    public PoolSnapshot lookAtPool() {
        PoolSnapshot look = pool.snapshot();
        findings.watch(look);
        return look;
    }
}
