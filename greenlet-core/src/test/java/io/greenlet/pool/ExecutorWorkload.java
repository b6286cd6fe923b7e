package io.greenlet.pool;

import io.greenlet.GreenFutures;
import io.greenlet.GreenThread;
import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An executor under everything it offers, with its figures held against what its tasks saw: on the virtual clock the sums
/// of times are exact.
public final class ExecutorWorkload extends Workload {

    /// What a body throws on purpose.
    private static final class Expected extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Expected() {
            super("on purpose", null, false, false);
        }
    }

    private static final class Job {

        private @Nullable GreenThread<Integer> handle; // null if it was executed, or in bulk
        private boolean taken;
        private boolean dropped;
        private long dueNanos;
        private long begunNanos;
        private long endedNanos;
        private int begun;
        private int ended;
    }

    private static final Step ALONE = () -> {
    };

    private final List<Job> jobs = new ArrayList<>();
    private final Set<Thread> inside = new HashSet<>(); // running a body in a slot
    private GreenThreadPoolExecutor executor = new GreenThreadPoolExecutor(1);
    private int workers;
    private int limit; // of the backlog
    private boolean gated;
    private boolean shutting; // somebody is about to shut it down
    private boolean shut; // somebody has
    private boolean bulk; // some tasks are in nobody's books
    private boolean killedAll;

    /// For loading by name.
    public ExecutorWorkload() {}

    @Override
    protected void prepare() {
        jobs.clear();
        inside.clear();
        shutting = false;
        shut = false;
        bulk = false;
        killedAll = false;
        boolean tight = chance(5);
        workers = tight ? 1 : 1 + random(2);
        limit = tight ? 1 : chance(2) ? 1 + random(3) : Integer.MAX_VALUE;
        gated = limit == Integer.MAX_VALUE && chance(3);
        PoolOptions options = PoolOptions.named("executor").withHub(hub()).withSize(workers);
        if (!tight && chance(4)) {
            options = options.withQueueCapacity(1 + random(3));
        }
        Admission admission = gated ? (of, backlog) -> {
            rule(backlog == of.statistics().queued() || backlog >= 0, "backlog");
            if (backlog >= 3) {
                throw new RejectedExecutionException("gate");
            }
        } : GreenThreadPoolExecutor.rejectWhenReached(limit);
        executor = GreenThreadPoolExecutor.of(options, admission);
        if (tight) {
            beTight();
            return;
        }
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    /// One worker, whose task has more to do than there is place for, until it is all over.
    private void beTight() {
        actor(1, () -> {
            var _ = hand(job -> {
                job.dueNanos = hub().nanoTime();
                return executor.submit(body(job, false, () -> {
                    Job later = submitLater();
                    execute();
                    if (later.handle != null) {
                        take(later.handle, false);
                    }
                    execute();
                    nest();
                }));
            });
            var _ = submit();
        });
        actor(2, this::submit);
        actor(1, () -> {
            dawdle();
            dawdle();
            end();
        });
    }

    private void act() throws Exception {
        look();
        switch (random(23)) {
            case 0, 1, 2, 3, 4 -> {
                var _ = submit();
            }
            case 5, 6 -> execute();
            case 7, 8 -> {
                var _ = submitLater();
            }
            case 9, 10 -> cancelOne();
            case 11, 12 -> awaitOne();
            case 13, 14 -> awaitSome();
            case 15 -> invokeAll();
            case 16 -> invokeAny();
            case 17, 22 -> map();
            case 18 -> actors().get(random(actors().size())).kill();
            case 19, 20 -> {
                if (!chance(3)) {
                    end();
                } else {
                    terminated(executor.awaitTermination(random(4), TimeUnit.MILLISECONDS));
                }
            }
            default -> {
                if (chance(3)) {
                    killedAll = true;
                    executor.pool().killAll();
                }
            }
        }
        look();
    }

    // ---- handing in

    private interface WayIn {
        @Nullable GreenThread<Integer> go(Job job);
    }

    private Job hand(WayIn way) {
        boolean tooLate = shut;
        Job job = new Job();
        jobs.add(job);
        try {
            job.handle = way.go(job);
            job.taken = true;
            rule(!tooLate, "taken after the shutdown");
        } catch (RejectedExecutionException e) {
            String why = String.valueOf(e.getMessage());
            rule(!why.contains("shut down") || shutting, why);
            rule(!tooLate || why.contains("shut down"), why);
            rule(!why.contains("backlog") || limit < Integer.MAX_VALUE, why);
            rule(job.begun == 0, "refused, and it ran");
        }
        return job;
    }

    private Job submit() {
        return hand(job -> {
            Callable<Integer> body = body(job, chance(4), chance(3) ? this::nest : ALONE);
            job.dueNanos = hub().nanoTime();
            return executor.submit(body);
        });
    }

    private Job submitLater() {
        return hand(job -> {
            Duration delay = Duration.ofMillis(random(4));
            Callable<Integer> body = body(job, chance(4), ALONE);
            job.dueNanos = hub().nanoTime() + delay.toNanos();
            return executor.submitAfter(delay, body);
        });
    }

    private void execute() {
        var _ = hand(job -> {
            executor.execute(command(job));
            return null;
        });
    }

    private record Command(Job job, Runnable body) implements Runnable {
        @Override
        public void run() {
            body.run();
        }
    }

    private Command command(Job job) {
        Callable<Integer> body = body(job, false, ALONE);
        job.dueNanos = hub().nanoTime();
        return new Command(job, () -> {
            try {
                var _ = body.call();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    private Callable<Integer> body(Job job, boolean fails, Step nested) {
        return () -> {
            job.begun++;
            job.begunNanos = hub().nanoTime();
            boolean inSlot = executor.pool().isCurrent() && inside.add(Thread.currentThread());
            rule(executor.pool().isCurrent(), "it runs in its caller");
            rule(hub().nanoTime() >= job.dueNanos, "it runs before its time");
            rule(inside.size() <= workers, "more inside than there are workers: " + inside.size());
            try {
                dawdle();
                dawdle();
                nested.take();
                if (fails) {
                    throw new Expected();
                }
                return 1;
            } finally {
                if (inSlot) {
                    inside.remove(Thread.currentThread());
                }
                job.ended++;
                job.endedNanos = hub().nanoTime();
            }
        };
    }

    /// What would hang if the executor did not see to it.
    private void nest() throws InterruptedException {
        switch (random(9)) {
            case 0, 4, 6 -> execute();
            case 5, 7 -> {
                Job inner = submitLater();
                if (inner.handle != null) {
                    take(inner.handle, false);
                }
            }
            case 1 -> {
                try {
                    boolean _ = executor.awaitTermination(1, TimeUnit.SECONDS);
                    rule(false, "a task waited for its own end");
                } catch (IllegalStateException e) {
                    // as it should be
                }
            }
            case 2 -> {
                Job inner = submit();
                Job other = submit();
                if (inner.handle != null && other.handle != null) {
                    rule(GreenFutures.waitForAll(List.of(inner.handle, other.handle)).allDone(), "all");
                }
            }
            default -> {
                Job inner = submit();
                if (inner.handle != null) {
                    take(inner.handle, false);
                }
            }
        }
    }

    // ---- at tasks

    private @Nullable GreenThread<Integer> one() {
        return jobs.isEmpty() ? null : jobs.get(random(jobs.size())).handle;
    }

    private void cancelOne() {
        GreenThread<Integer> handle = one();
        if (handle == null) {
            return;
        }
        ExecutorStatistics before = executor.statistics();
        boolean cancelled = handle.cancel(chance(2));
        if (cancelled && handle.isCancelled()) {
            rule(executor.statistics().cancelled() > 0, "a cancelled task is not counted: " + before);
        }
    }

    private void awaitOne() throws InterruptedException {
        GreenThread<Integer> handle = one();
        if (handle != null) {
            take(handle, true);
        }
    }

    private void take(GreenThread<Integer> handle, boolean limited) throws InterruptedException {
        try {
            rule((limited ? handle.get(5, TimeUnit.MILLISECONDS) : handle.get()) == 1, "the result");
        } catch (ExecutionException e) {
            rule(e.getCause() instanceof Expected || isInterrupt(e.getCause())
                    || e.getCause() instanceof CancellationException,
                    "a failure: " + e);
        } catch (TimeoutException | CancellationException e) {
            // not yet, or never
        }
    }

    private static boolean isInterrupt(@Nullable Throwable error) {
        return error instanceof InterruptedException;
    }

    private void awaitSome() throws InterruptedException {
        List<Future<?>> some = new ArrayList<>();
        for (int i = random(4); i >= 0; i--) {
            GreenThread<Integer> handle = one();
            if (handle != null) {
                some.add(handle);
            }
        }
        CompletableFuture<Integer> foreign = new CompletableFuture<>();
        if (chance(3)) {
            some.add(foreign);
            helper(() -> {
                dawdle();
                boolean _ = foreign.complete(1);
            });
        }
        boolean none = some.stream().noneMatch(Future::isDone);
        boolean all = chance(2);
        boolean limited = chance(2);
        Duration most = Duration.ofMillis(random(5));
        long start = hub().nanoTime();
        try {
            var waited = limited
                    ? all ? GreenFutures.waitForAll(some, most) : GreenFutures.waitForAny(some, most)
                    : all ? GreenFutures.waitForAll(some) : GreenFutures.waitForAny(some);
            long took = hub().nanoTime() - start;
            boolean enough = all ? waited.allDone() : some.isEmpty() || !waited.done().isEmpty();
            rule(enough || (limited && took == most.toNanos()), "gave up after " + took + " of " + most);
            rule(waited.done().stream().allMatch(Future::isDone), "said to be done");
            if (none && !all && !foreign.isDone()) {
                rule(waited.done().stream().allMatch(this::endedNow), "waited on when one was done");
            }
        } finally {
            rule(foreign.isDone() || foreign.getNumberOfDependents() == 0, "a watcher is left");
        }
    }

    /// Whether it has ended at this time of the clock, as far as is known.
    @SuppressWarnings("ReferenceEquality") // handles are told apart by identity
    private boolean endedNow(Future<?> future) {
        return jobs.stream().noneMatch(
                job -> job.handle == future && job.begun > 0 && job.endedNanos != hub().nanoTime());
    }

    // ---- several at once

    private List<Callable<Integer>> bodies() {
        return IntStream.rangeClosed(0, 1 + random(3)).mapToObj(i -> body(new Job(), chance(3), ALONE)).toList();
    }

    private void invokeAll() throws InterruptedException {
        bulk = true;
        long start = hub().nanoTime();
        long most = random(5);
        try {
            boolean limited = chance(2);
            List<Future<Integer>> results = limited
                    ? executor.invokeAll(bodies(), most, TimeUnit.MILLISECONDS)
                    : executor.invokeAll(bodies());
            rule(!limited || hub().nanoTime() - start <= TimeUnit.MILLISECONDS.toNanos(most), "longer than its limit");
            rule(results.stream().allMatch(Future::isDone), "not all done");
        } catch (RejectedExecutionException e) {
            // no place
        }
    }

    private void invokeAny() throws InterruptedException {
        bulk = true;
        try {
            int result = chance(2)
                    ? executor.invokeAny(bodies())
                    : executor.invokeAny(bodies(), random(5), TimeUnit.MILLISECONDS);
            rule(result == 1, "any");
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            // none of them
        }
    }

    private void map() throws InterruptedException {
        bulk = true;
        Duration most = Duration.ofMillis(random(5));
        long start = hub().nanoTime();
        List<Integer> got = new ArrayList<>();
        try (Stream<Integer> results = executor.map(item -> item(item), List.of(0, 1, 2, 3), most)) {
            for (Iterator<Integer> iterator = results.iterator(); iterator.hasNext();) {
                try {
                    got.add(iterator.next());
                } catch (Expected e) {
                    got.add(-1);
                } catch (CompletionException e) {
                    if (e.getCause() instanceof TimeoutException) {
                        rule(hub().nanoTime() - start == most.toNanos() || most.isZero(), "the end of the map");
                        rule(!iterator.hasNext(), "more after the end");
                    } else {
                        got.add(-1);
                    }
                } catch (CancellationException e) {
                    if (Thread.interrupted()) {
                        throw (InterruptedException) new InterruptedException().initCause(e);
                    }
                    got.add(-1);
                }
            }
        } catch (RejectedExecutionException e) {
            return;
        }
        for (int i = 0; i < got.size(); i++) {
            rule(got.get(i) == i || got.get(i) == -1, "out of order: " + got);
        }
        rule(hub().nanoTime() - start <= most.toNanos(), "longer than its limit");
    }

    private int item(int item) {
        try {
            dawdle();
            dawdle();
            dawdle();
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
        if (chance(4)) {
            throw new Expected();
        }
        return item;
    }

    // ---- the end

    private void end() throws InterruptedException {
        shutting = true;
        switch (random(7)) {
            case 0 -> executor.shutdown();
            case 1, 6 -> drop(executor.shutdownNow());
            case 2 -> drop(executor.shutdownAbandoningQueue());
            case 3 -> {
                executor.close();
                terminated(true);
            }
            default -> terminated(executor.close(Duration.ofMillis(random(4))));
        }
        shut = true;
        rule(executor.isShutdown() && !executor.alive(), "shut down");
    }

    private void drop(List<Runnable> commands) {
        for (Runnable command : commands) {
            if (command instanceof Command(Job job, Runnable _)) {
                rule(!job.dropped && job.begun == 0, "dropped twice, or after it began");
                job.dropped = true;
            }
        }
    }

    private void terminated(boolean so) {
        if (!so) {
            return;
        }
        shut = true;
        rule(executor.isTerminated(), "terminated");
        rule(inside.isEmpty(), "terminated, and one runs");
        for (Job job : jobs) {
            rule(job.handle == null || job.handle.isDone(), "terminated, and one is not done");
        }
        ExecutorStatistics now = executor.statistics();
        rule(now.running() == 0 && now.queued() == 0 && now.delayed() == 0, "terminated: " + now);
    }

    // ---- the figures

    private void look() {
        long succeeded = jobs.stream().filter(job -> has(job, Future.State.SUCCESS)).count();
        long failed = jobs.stream().filter(job -> has(job, Future.State.FAILED)).count();
        long cancelled = jobs.stream().filter(job -> has(job, Future.State.CANCELLED)).count();
        ExecutorStatistics now = executor.statistics();
        rule(now.executed() >= succeeded + failed && now.failures() >= failed && now.cancelled() >= cancelled,
                "done, and not counted: " + now);
        rule(now.queued() <= limit, "more in line than there may be: " + now);
        rule(now.queued() >= 0 && now.running() >= 0 && now.delayed() >= 0, "less than nothing: " + now);
    }

    private static boolean has(Job job, Future.State state) {
        return job.handle != null && job.handle.state() == state;
    }

    @Override
    protected void settle() {
        rule(!shut || executor.isTerminated(), "all has ended, and it has not terminated");
        helper(() -> {
            shutting = true;
            executor.close();
            terminated(true);
        });
    }

    @Override
    protected void check() {
        terminated(true);
        ExecutorStatistics now = executor.statistics();
        for (Job job : jobs) {
            rule(job.begun <= 1 && job.begun == job.ended, "begun " + job.begun + ", ended " + job.ended);
            rule(job.begun == 0 || !job.dropped, "dropped, and it ran");
            rule(job.begun == 0 || job.taken, "it ran, and was not taken");
            if (job.taken && job.handle == null && job.begun == 0) {
                rule(shut || killedAll, "executed, and never ran");
            }
        }
        if (!bulk) {
            checkSums(now);
        }
        PoolSnapshot slots = executor.pool().snapshot();
        rule(slots.running() == 0 && slots.free() == workers && slots.waiting() == 0, "slots: " + slots);
        long refusedWhenDue = now.submitted()
                - (slots.completed() + slots.failed() + slots.killed() + slots.timedOut()); // the pool never took those
        rule(refusedWhenDue >= 0 && refusedWhenDue <= now.rejected(),
                "the pool's books: " + slots + ", the executor's: " + now);
    }

    private void checkSums(ExecutorStatistics now) {
        long taken = jobs.stream().filter(job -> job.taken).count();
        rule(now.submitted() == taken, "taken " + taken + ": " + now);
        long refused = jobs.size() - taken;
        long late = jobs.stream().filter(job -> job.taken && job.begun == 0).count(); // delayed, refused when it was due
        rule(now.rejected() >= refused && now.rejected() <= refused + late, "refused " + refused + ": " + now);
        long waited = 0;
        long ran = 0;
        for (Job job : jobs) {
            if (has(job, Future.State.SUCCESS) || has(job, Future.State.FAILED)) {
                waited += Math.max(0, job.begunNanos - job.dueNanos);
                ran += job.endedNanos - job.begunNanos;
            } else if (job.handle == null && job.begun > 0) {
                return; // executed: how it ended nobody knows
            }
        }
        rule(now.waitTime().toNanos() == waited, "waited " + waited + ": " + now);
        rule(now.runtime().toNanos() == ran, "ran " + ran + ": " + now);
    }
}
