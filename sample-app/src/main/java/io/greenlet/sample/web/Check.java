package io.greenlet.sample.web;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import io.greenlet.sample.crawl.Crawl;
import io.greenlet.sample.crawl.CrawlOptions;
import io.greenlet.sample.crawl.Progress;
import io.greenlet.sample.crawl.Report;
import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/// A check from its start until it is forgotten.
///
/// Two green threads: one of the pool `checks` runs the crawl; another tells subscribers how it goes, ten times a
/// second, until the first has ended. So a subscriber, slow or fast, never holds the crawl.
///
/// ```
///   QUEUED ──▶ RUNNING ──▶ FINISHED, CANCELLED or FAILED: the outcome is there
///      └──────────────────▶ CANCELLED
/// ```
///
/// Thread safety: any thread may call any method.
final class Check {

    private static final Duration BEAT = Duration.ofMillis(100);
    /// A minute of beats: what a late subscriber gets to see of the past.
    private static final int REMEMBERED = 600;

    /// What is left of a check.
    private record Outcome(CheckStatus status, @Nullable String failure, Report report, Progress progress) {}

    private final String id;
    private final CrawlOptions options;
    private final GreenPool crawler;
    private final GreenThread<?> coordinator;
    private final GreenEvent<Outcome> ended = new GreenEvent<>();
    private final Sinks.Many<ServerSentEvent<CheckEvent>> events = Sinks.many().replay().limit(REMEMBERED);

    private volatile boolean begun; // written by the coordinator
    private volatile @Nullable Crawl crawl; // becomes null, to be forgotten, once the outcome is there

    /// Starts a check. Never blocks.
    ///
    /// @throws io.greenlet.pool.RejectedSubmission if too many checks wait already
    static Check start(String id, CrawlOptions options, Crawl crawl, GreenPool checks, GreenPool crawler) {
        Check check = new Check(id, options, crawl, checks, crawler);
        check.coordinator.link(over -> check.end(over, crawl));
        Green.spawnN(check::tell);
        return check;
    }

    private Check(String id, CrawlOptions options, Crawl crawl, GreenPool checks, GreenPool crawler) {
        this.id = id;
        this.options = options;
        this.crawl = crawl;
        this.crawler = crawler;
        coordinator = checks.submit(() -> {
            begun = true;
            try (var _ = MDC.putCloseable("check", id)) { // in the logs of all its visits too
                crawl.run();
            }
            return id;
        }, TaskOptions.describedAs("check " + id + " of " + options.start()));
    }

    /// Runs in the coordinator's last moment, or in whoever cancelled it before its first.
    private void end(GreenThread<?> over, Crawl crawled) {
        CheckStatus status = switch (over.state()) {
            case SUCCESS -> CheckStatus.FINISHED;
            case CANCELLED -> CheckStatus.CANCELLED;
            case FAILED, RUNNING -> CheckStatus.FAILED;
        };
        String failure = status == CheckStatus.FAILED ? over.exceptionNow().toString() : null;
        ended.send(new Outcome(status, failure, crawled.report(), crawled.progress()));
        crawl = null;
    }

    /// The body of the other green thread: the only one that emits.
    private void tell() {
        try {
            do {
                Crawl running = crawl;
                if (running != null) {
                    emit("progress", new CheckEvent(status(), running.progress(), running.lookAtPool()));
                }
            } while (!hasEndedWithinABeat());
            Outcome outcome = ended.await();
            emit("done", new CheckEvent(outcome.status(), outcome.progress(), crawler.snapshot()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            events.emitComplete(Sinks.EmitFailureHandler.FAIL_FAST);
        }
    }

    private boolean hasEndedWithinABeat() throws InterruptedException {
        try {
            ended.await(BEAT);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void emit(String name, CheckEvent event) {
        events.emitNext(ServerSentEvent.builder(event).event(name).build(), Sinks.EmitFailureHandler.FAIL_FAST);
    }

    /// Returns the events of the check, those of the last minute first, until it ends. A subscriber that cannot keep up
    /// loses the oldest of what it has not read.
    Flux<ServerSentEvent<CheckEvent>> events() {
        return events.asFlux().onBackpressureBuffer(REMEMBERED, BufferOverflowStrategy.DROP_OLDEST);
    }

    CheckStatus status() {
        return ended.poll().map(Outcome::status).orElse(begun ? CheckStatus.RUNNING : CheckStatus.QUEUED);
    }

    CheckReport report() {
        Crawl running = crawl;
        Optional<Outcome> outcome = ended.poll();
        if (outcome.isPresent() || running == null) {
            Outcome over = outcome.orElseThrow();
            return new CheckReport(id, over.status(), over.failure(), options, over.report());
        }
        return new CheckReport(id, begun ? CheckStatus.RUNNING : CheckStatus.QUEUED, null, options, running.report());
    }

    /// Cancels the check: its green thread is killed, which closes the stream it reads, which kills every visit under
    /// way. After its end, nothing happens.
    void cancel() {
        coordinator.kill();
    }
}
