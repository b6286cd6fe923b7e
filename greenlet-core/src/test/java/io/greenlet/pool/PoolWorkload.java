package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A pool under everything it offers: every way in, kills, time-outs, resizes and a close, with its listener as the
/// witness of what ran.
public final class PoolWorkload extends Workload implements PoolListener {

    private static final class Job {

        private @Nullable GreenThread<Integer> handle;
        private boolean inPlace; // perhaps: then an interrupt of its body is one of its caller
        private int begun;
        private int ended;
        private boolean linked; // from the start
        private int told; // as that link was
    }

    private final List<Job> jobs = new ArrayList<>();
    private GreenPool pool = new GreenPool(0);
    private final Set<Thread> inside = new HashSet<>(); // running a body in a slot
    private final Set<GreenThread<?>> ended = new HashSet<>(); // as the listener has heard
    private final Set<GreenThread<?>> inLine = new HashSet<>(); // as the listener hears
    private int most; // the largest size so far since the pool was last not above its size
    private int began;
    private int heardBegin;
    private int heardEnd;
    private boolean settled; // nobody may be left to wait for ever from now on
    private boolean closed; // once at least
    private boolean reopened; // once at least
    private int closings; // not returned yet
    private boolean runsInCallers;

    /// For loading by name.
    public PoolWorkload() {}

    @Override
    protected void prepare() {
        jobs.clear();
        inside.clear();
        ended.clear();
        inLine.clear();
        began = 0;
        heardBegin = 0;
        heardEnd = 0;
        settled = false;
        closed = false;
        reopened = false;
        closings = 0;
        most = 1 + random(2);
        PoolOptions options = PoolOptions.named("pool").withHub(hub()).withSize(most).withListener(this)
                .withWhenFull(List.of(WhenFull.values()).get(random(4))).withQueueCapacity(random(3));
        if (chance(2)) {
            options = options.withMaxWait(Duration.ofMillis(1 + random(3)));
        }
        if (chance(2)) {
            options = options.withTaskTimeout(Duration.ofMillis(1 + random(3)));
        }
        if (chance(4)) {
            options = options.withNonBlocking(_ -> chance(2));
        }
        pool = GreenPool.of(options);
        runsInCallers = options.whenFull() == WhenFull.CALLER_RUNS; // where an interrupt of the body is the caller's
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    private void act() throws InterruptedException {
        look();
        switch (random(20)) {
            case 0, 1 -> hand(job -> Optional.of(pool.spawn(body(job))));
            case 2, 3 -> hand(job -> {
                job.linked = true;
                return Optional.of(pool.spawn(body(job), TaskOptions.NONE, ended -> told(job, ended)));
            });
            case 4, 5 -> hand(job -> pool.trySpawn(body(job)));
            case 6, 7 -> hand(job -> pool.trySpawn(body(job), Duration.ofMillis(random(3))));
            case 8, 9 -> hand(job -> Optional.of(pool.submit(body(job))));
            case 10 -> resize(settled ? 1 + random(3) : random(4));
            case 11 -> waitAll();
            case 12 -> killOne();
            case 13 -> actors().get(random(actors().size())).kill();
            case 14 -> awaitOne();
            case 15, 16 -> hand(job -> Optional.of(pool.submit(body(job), patience())));
            case 17 -> reconfigure();
            default -> {
                switch (random(4)) {
                    case 0 -> pool.killAll();
                    case 1 -> close();
                    case 2 -> reopen();
                    default -> {
                    }
                }
            }
        }
        look();
    }

    /// One of the pool's methods that take a body.
    private interface WayIn {
        Optional<GreenThread<Integer>> go(Job job) throws InterruptedException;
    }

    private void hand(WayIn way) throws InterruptedException {
        Job job = new Job();
        jobs.add(job);
        try {
            job.handle = way.go(job).orElse(null);
        } catch (RejectedSubmission e) {
            rule(!e.toString().contains("closed") || closed, e.toString());
            rule(job.told == 0, "sent away, and told of its end");
        }
    }

    private void told(Job job, GreenThread<Integer> who) {
        job.told++;
        rule(job.told == 1, "told twice");
        rule(who.isDone(), "told of one that has not ended");
        Hub.point();
    }

    private Callable<Integer> body(Job job) {
        boolean fails = chance(4);
        boolean nests = chance(6);
        return () -> {
            job.begun++;
            boolean inSlot = pool.isCurrent() && inside.add(Thread.currentThread()); // else in place, maybe in another's
            rule(inside.size() <= most, "more inside than there are slots: " + inside.size());
            try {
                dawdle();
                dawdle();
                if (nests) {
                    hand(inner -> {
                        inner.inPlace = true;
                        return Optional.of(pool.spawn(body(inner)));
                    });
                }
                if (fails) {
                    throw new IllegalArgumentException("the body failed");
                }
                return 1;
            } finally {
                if (inSlot) {
                    inside.remove(Thread.currentThread());
                }
                job.ended++;
            }
        };
    }

    private void look() {
        long look = pool.core().look();
        rule(PermitCore.free(look) <= 0 || pool.waiting() == 0, "a slot is free while somebody waits");
        rule(PermitCore.running(look) >= inside.size(), "more inside than admitted");
    }

    private TaskOptions patience() {
        return TaskOptions.NONE.withMaxWait(Duration.ofMillis(random(3)));
    }

    private void reconfigure() {
        Duration timeout = chance(2) ? null : Duration.ofMillis(1 + random(3));
        int size = settled ? 1 + random(3) : random(4);
        most = Math.max(Math.max(most, size), inside.size());
        pool.reconfigure(now -> now.withTaskTimeout(timeout).withSize(size));
    }

    private void reopen() throws InterruptedException {
        boolean wasClosing = closings > 0;
        if (chance(2)) {
            boolean open = pool.reopen(Duration.ofMillis(random(3)));
            reopened |= open;
            rule(open || wasClosing || closings > 0, "not opened again in time, and no close waits");
            return;
        }
        try {
            pool.reopen();
            reopened = true;
        } catch (IllegalStateException e) {
            rule(wasClosing || closings > 0, "not opened again, and no close waits");
        }
    }

    private void resize(int size) {
        most = Math.max(Math.max(most, size), inside.size());
        pool.resize(size);
    }

    private void waitAll() throws InterruptedException {
        int before = began;
        boolean idle = pool.waitAll(Duration.ofMillis(random(4)));
        rule(!idle || inside.isEmpty() || began > before, "said to be idle");
    }

    private void close() throws InterruptedException {
        closed = true;
        closings++;
        try {
            if (chance(2)) {
                boolean _ = pool.close(Duration.ofMillis(random(3)));
            } else {
                pool.close();
            }
            rule(pool.isClosed(), "open when the close returns");
            rule(pool.running() == 0, "closed, and still running");
        } finally {
            closings--;
        }
        for (Job job : jobs) { // one killed in line ends in the killer's thread, when that gets to it
            rule(job.handle == null || job.begun == 0 || job.handle.isDone(), "closed, and a handle is not done");
        }
    }

    private void killOne() {
        GreenThread<?> handle = jobs.isEmpty() ? null : jobs.get(random(jobs.size())).handle;
        if (handle != null) {
            handle.kill();
        }
    }

    private void awaitOne() throws InterruptedException {
        Job job = jobs.isEmpty() ? null : jobs.get(random(jobs.size()));
        if (job == null || job.handle == null) {
            return;
        }
        try {
            rule(job.handle.await(Duration.ofMillis(5)) == 1 && job.ended == 1, "a result before its time");
            rule(!job.linked || job.told == 1, "let go before the link was called");
        } catch (TimeoutException | IllegalArgumentException | GreenletExit | RejectedSubmission e) {
            // not yet, or it failed, or was killed, or has waited too long
        } catch (java.util.concurrent.CompletionException e) {
            rule(e.getCause() instanceof TimeoutException, "what the pool's time-out looks like: " + e);
        }
    }

    /// A kill may come to one that has just been sent away.
    private boolean mayBeRefused(GreenThread<?> handle) {
        return wasRefused(handle) || (handle.isCancelled() && !ended.contains(handle));
    }

    /// Whether it was sent away because it had waited too long.
    private static boolean wasRefused(GreenThread<?> handle) {
        return handle.state() == Future.State.FAILED && handle.exceptionNow() instanceof RejectedSubmission;
    }

    @Override
    public void waits(GreenPool of, GreenThread<?> thread) {
        rule(inLine.add(thread), "told twice that it waits");
    }

    @Override
    public void left(GreenPool of, GreenThread<?> thread) {
        rule(inLine.remove(thread), "left, and did not wait");
    }

    @Override
    public void began(GreenPool of, GreenThread<?> thread, Duration waited) {
        inLine.remove(thread);
        began++;
        heardBegin++;
    }

    @Override
    public void ended(GreenPool of, GreenThread<?> thread, TaskOutcome outcome, Duration ran) {
        inLine.remove(thread);
        heardEnd++;
        rule(ended.add(thread), "ended twice");
    }

    @Override
    protected void settle() {
        settled = true;
        resize(2);
    }

    @Override
    protected void check() {
        PoolSnapshot now = pool.snapshot();
        rule(now.running() == 0 && now.free() == now.size(), "slots: " + now);
        rule(now.waiting() == 0 && now.queued() == 0, "line: " + now);
        rule(inside.isEmpty(), "still inside");
        rule(inLine.isEmpty(), "nobody has heard what became of " + inLine);
        rule(pool.core().look() < 0 == pool.isClosed(), "the slow path stays on");
        rule(pool.ledger().running().isEmpty(), "still listed");
        rule(pool.isClosed() == closed || (closed && reopened), "closed");
        long outcomes = now.completed() + now.failed() + now.killed() + now.timedOut();
        long begun = jobs.stream().filter(job -> job.begun > 0).count();
        long handles = jobs.stream().filter(job -> job.handle != null && !mayBeRefused(job.handle)).count();
        rule(now.spawned() == outcomes && outcomes == heardEnd, "outcomes: " + now + ", heard " + heardEnd);
        rule(outcomes >= Math.max(begun, handles), "outcomes: " + now + " of " + handles);
        rule(heardBegin >= begun, "begun " + begun + ", heard " + heardBegin);
        for (Job job : jobs) {
            rule(job.handle != null || job.begun == 0 || job.inPlace || runsInCallers,
                    "ran, and its caller has no handle");
            rule(job.begun <= 1 && job.begun == job.ended, "begun " + job.begun + ", ended " + job.ended);
            rule(job.handle == null || job.handle.isDone(), "not done");
            rule(job.handle == null || !job.linked || job.told == 1, "not told of its end");
            rule(job.handle != null || job.told <= job.begun, "never taken, and told of its end");
            rule(job.handle == null || !wasRefused(job.handle) || !ended.contains(job.handle), "sent away, and taken");
        }
    }
}
