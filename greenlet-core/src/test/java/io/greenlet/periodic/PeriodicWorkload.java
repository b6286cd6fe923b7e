package io.greenlet.periodic;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.GreenThreadPoolExecutor;
import io.greenlet.pool.PoolOptions;
import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A periodic worker that is started, stopped, paused, reset and closed by chance, whose runs fail, are killed and are
/// refused: no run overlaps another of its task, comes before its time, or after a stop, and none is forgotten.
public final class PeriodicWorkload extends Workload {

    /// What a body throws on purpose.
    private static final class Expected extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Expected() {
            super("on purpose", null, false, false);
        }
    }

    private static final long MILLI = 1_000_000;

    private final class Job {

        private final Duration spacing = Duration.ofMillis(2 + random(6));
        private final PeriodicStrategy strategy = List.of(PeriodicStrategy.values()).get(random(3));
        private final boolean immediately = chance(3);
        private PeriodicWatcher watcher; // of the worker, from the time it is added
        private boolean running;
        private boolean retired;
        private long lastStart;
        private long lastEnd;
        private long earliest; // the next run begins then, if nothing keeps it from it; or later
        private int runs; // since the last reset
        private int failed;

        @SuppressWarnings("NullAway.Init") // set by whoever adds it
        Job() {}

        private long next(long nanos) {
            return switch (strategy) {
                case LAST_STARTED -> lastStart + nanos;
                case LAST_FINISHED -> lastEnd + nanos;
                case ALIGNED_LAST_FINISHED -> (lastEnd / nanos + 1) * nanos;
            };
        }

        void run() throws InterruptedException {
            long now = hub().nanoTime();
            rule(!running, "it overlaps itself");
            rule(!stopped, "it begins after the stop");
            rule(!pausedForSure, "it begins in a pause");
            rule(now - earliest >= 0, "it begins before its time: " + now + " < " + earliest);
            rule(!exact || disturbed || now == earliest, "it begins late: " + now + " > " + earliest);
            rule(!retired, "retired, and it runs");
            running = true;
            inside++;
            boolean fails = true;
            try {
                if (chance(2)) {
                    dawdle();
                }
                dawdle();
                fails = chance(4);
                if (fails) {
                    if (chance(2)) {
                        throw new Expected();
                    }
                    throw new AssertionError("on purpose");
                }
                if (chance(12)) {
                    retired = true;
                    throw new NeverAgain();
                }
            } finally {
                running = false;
                inside--;
                lastStart = now;
                lastEnd = hub().nanoTime();
                earliest = next(spacing.toNanos());
                if (earliest < lastEnd) {
                    earliest = lastEnd;
                }
                runs++;
                failed += fails ? 1 : 0;
            }
        }
    }

    private final List<Job> jobs = new ArrayList<>();
    private PeriodicWorker worker = PeriodicWorker.on(hub());
    private Optional<GreenPool> pool = Optional.empty();
    private boolean exact; // nothing but stop, pause and kill holds a run up
    private boolean disturbed; // one of these was
    private boolean started;
    private boolean stopped; // for sure
    private boolean pausedForSure;
    private boolean paused; // perhaps
    private int inside;
    private int reported;
    private int failures; // that may be reported: of runs of the past
    private boolean killed;
    private int changing; // who is in a call that changes the state

    /// For loading by name.
    public PeriodicWorkload() {}

    @Override
    protected void prepare() {
        jobs.clear();
        disturbed = false;
        started = false;
        stopped = false;
        pausedForSure = false;
        paused = false;
        inside = 0;
        reported = 0;
        failures = 0;
        killed = false;
        changing = 0;
        PeriodicOptions options = PeriodicOptions.named("periodic").withOnFailure((task, error) -> reported++)
                .withAllowEmpty(true).withStopWhenEmpty(chance(4));
        exact = chance(2);
        if (exact) {
            pool = Optional.empty();
            worker = PeriodicWorker.on(hub(), options);
        } else {
            GreenPool limited = GreenPool
                    .of(PoolOptions.named("pool").withHub(hub()).withSize(1).withQueueCapacity(random(3)));
            pool = Optional.of(limited);
            worker = chance(2)
                    ? PeriodicWorker.on(limited, options)
                    : PeriodicWorker.on(GreenThreadPoolExecutor.over(limited), options);
        }
        for (int i = random(3); i >= 0; i--) {
            add();
        }
        int actors = 2 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(3 + random(4), this::act);
        }
    }

    private void act() throws InterruptedException {
        switch (random(16)) {
            case 0, 1, 2, 3, 4 -> start();
            case 5 -> {
                if (changing == 0) {
                    changing++;
                    add();
                    changing--;
                }
            }
            case 6, 7 -> stop();
            case 8 -> pause();
            case 9 -> resume();
            case 10 -> reset();
            case 11 -> retire();
            case 12 -> {
                killed = true;
                pool.ifPresent(GreenPool::killAll);
            }
            case 13 -> {
                boolean over = worker.await(Duration.ofMillis(random(3)));
                rule(!over || inside == 0 || changing > 0 || !stopped, "over, and one runs");
            }
            case 14 -> close();
            default -> actors().get(random(actors().size())).kill();
        }
        dawdle();
        dawdle();
    }

    private void add() {
        Job job = new Job();
        disturbed = true;
        job.earliest = hub().nanoTime() + (job.immediately ? 0 : job.spacing.toNanos());
        jobs.add(job);
        job.watcher = worker.add(PeriodicTask.every(job.spacing, "job " + jobs.size(), job::run)
                .withStrategy(job.strategy).withRunImmediately(job.immediately)).orElseThrow();
    }

    private void start() {
        if (changing > 0 || inside > 0) {
            return; // whether it may start, nobody could tell
        }
        changing++;
        if (started) {
            refuseToStart();
        } else {
            stopped = false;
            long now = hub().nanoTime();
            for (Job job : jobs) {
                job.earliest = now + (job.immediately ? 0 : job.spacing.toNanos());
            }
            try {
                worker.start();
                disturbed = changing > 1 || paused;
            } catch (IllegalStateException e) {
                rule(changing > 1 || started, "refused its first start: " + e);
                disturbed = true;
            }
            started = true;
        }
        changing--;
    }

    private void refuseToStart() {
        if (!worker.isRunning()) {
            return; // it may be new, when somebody has reset it meanwhile
        }
        try {
            worker.start();
            rule(false, "started twice");
        } catch (IllegalStateException e) {
            // as it should
        }
    }

    private void stop() {
        changing++;
        disturbed = true;
        started = true;
        worker.stop();
        changing--;
        stopped = changing == 0;
    }

    private void pause() {
        disturbed = true;
        paused = true;
        changing++;
        worker.pause();
        changing--;
        pausedForSure = changing == 0;
    }

    private void resume() {
        disturbed = true;
        pausedForSure = false;
        changing++;
        worker.resume();
        changing--;
        pausedForSure = false;
        paused = changing > 0;
    }

    private void reset() {
        if (changing > 0) {
            return;
        }
        changing++;
        try {
            List<Job> all = List.copyOf(jobs);
            worker.reset();
            rule(inside == 0, "reset while one runs");
            pausedForSure = false;
            paused = paused && changing > 1;
            started = changing > 1;
            for (Job job : all) {
                failures += job.failed;
                job.failed = 0;
                job.runs = 0;
                job.retired = false;
            }
        } catch (IllegalStateException e) {
            rule(started || inside > 0, "refused a reset: " + e);
        } finally {
            changing--;
        }
    }

    private void retire() {
        if (jobs.isEmpty() || changing > 0) {
            return;
        }
        changing++;
        Job job = jobs.get(random(jobs.size()));
        PeriodicWatcher watcher = job.watcher;
        if (watcher != null) {
            boolean _ = watcher.retire();
            rule(watcher.statistics().retired(), "retired");
            job.retired = job.retired || !job.running;
        }
        changing--;
    }

    private void close() throws InterruptedException {
        changing++;
        disturbed = true;
        started = true;
        try {
            if (chance(2)) {
                worker.close();
                rule(inside == 0 || changing > 1, "closed, and one runs");
            } else {
                boolean _ = worker.close(Duration.ofMillis(random(3)));
                rule(inside == 0 || changing > 1, "closed, and one runs");
            }
        } finally {
            changing--;
        }
        stopped = changing == 0;
    }

    /// What is to run has run lately, when the worker runs and nobody has stopped it.
    @Override
    protected void settle() {
        long now = hub().nanoTime();
        boolean runs = worker.isRunning() && !paused;
        for (Job job : jobs) {
            boolean live = runs && !job.watcher.statistics().retired();
            rule(!live || !exact || job.running || now - job.lastEnd <= 10 * MILLI,
                    "it has not run for long: " + (now - job.lastEnd));
            PeriodicStatistics figures = job.watcher.statistics();
            rule(job.running || figures.runs() == job.runs, "runs " + job.runs + ": " + figures);
            rule(job.running || figures.failures() == job.failed, "failed " + job.failed + ": " + figures);
            rule(figures.successes() + figures.failures() == figures.runs(), "outcomes: " + figures);
        }
        helper(() -> {
            worker.close();
            stopped = true;
            rule(inside == 0, "closed, and one runs");
        });
    }

    @Override
    protected void check() {
        rule(!worker.isRunning() && inside == 0, "closed");
        rule(worker.watchers().stream().noneMatch(watcher -> watcher.statistics().running()), "a run is left");
        long failed = failures + jobs.stream().mapToLong(job -> job.failed).sum();
        rule(killed || !exact || reported <= failed, "reported " + reported + " of " + failed);
        pool.ifPresent(slots -> rule(slots.running() == 0 && slots.waiting() == 0, "slots: " + slots.snapshot()));
    }
}
