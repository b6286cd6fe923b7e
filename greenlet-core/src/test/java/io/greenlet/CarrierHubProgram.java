package io.greenlet;

import com.sun.net.httpserver.HttpServer;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;

/// The programs of [CarrierHubTests], each for a JVM of its own: each check says what it saw.
@SuppressWarnings("ReferenceEquality") // threads are told apart by identity
final class CarrierHubProgram {

    private static final int MANY = 100;
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SLOW = Duration.ofMillis(300);

    private CarrierHubProgram() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "behaviour" -> behaviour();
            case "blocking" -> blocking();
            case "hazards" -> hazards();
            case "sockets" -> sockets();
            case "close" -> close(Integer.parseInt(args[1]), () -> new CarrierHub("closing"));
            case "close-baton" -> close(Integer.parseInt(args[1]), () -> new BatonHub("closing"));
            case "form" -> System.out.println("form: " + form());
            case "speed" -> speed();
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println("end: reached");
        System.exit(0); // not later than now, whatever a failed check left running
    }

    // ---- tools

    private interface Check {
        @Nullable Object see(CarrierHub hub) throws Exception;
    }

    /// In the main thread, with a hub of its own.
    private static void say(String check, Check body) {
        try (CarrierHub hub = new CarrierHub(check.replace(' ', '-'))) {
            System.out.println(check + ": " + body.see(hub));
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
            System.out.println(check + ": " + e);
        }
    }

    /// In a green thread of the hub.
    private static Check inside(Check body) {
        return hub -> hub.spawn(() -> body.see(hub)).await(Duration.ofSeconds(20));
    }

    private static void waitUntil(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(20)) {
                throw new AssertionError("waited too long until " + what);
            }
            LockSupport.parkNanos(50_000);
        }
    }

    private static void spinUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    private static void awaitAll(List<? extends GreenThread<?>> threads) throws Exception {
        for (GreenThread<?> thread : threads) {
            var _ = thread.await(Duration.ofSeconds(20));
        }
    }

    private static String carrier() {
        return Objects.requireNonNull(VirtualThreads.carrierOf(Thread.currentThread())).getName();
    }

    private static boolean isAlive(String platformThread) {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals(platformThread));
    }

    /// What only one at a time may touch.
    private static final class Count {
        private int value;

        void increment() {
            int seen = value;
            Thread.onSpinWait();
            value = seen + 1;
        }
    }

    // ---- behaviour

    private static void behaviour() throws Exception {
        System.out.println("form: " + form());
        say("start order", inside(CarrierHubProgram::startOrder));
        say("round robin", inside(CarrierHubProgram::roundRobin));
        say("increments", CarrierHubProgram::increments);
        say("no switch", CarrierHubProgram::noSwitch);
        say("other form", inside(hub -> Hub.parallel().spawn(CarrierHubProgram::carrier).await()));
        say("ping-pong", CarrierHubProgram::pingPong);
        say("unseen", _ -> unseen());
        say("come and go", _ -> comeAndGo());
        say("looking", CarrierHubProgram::looking);
        say("jdk sleep", CarrierHubProgram::jdkSleep);
        say("from inside", CarrierHubProgram::closeFromInside);
        say("closed", CarrierHubProgram::spawnWhenClosed);
        say("class loader", CarrierHubProgram::classLoader);
    }

    private static Object form() {
        try (Hub hub = Hub.cooperative("any")) {
            return hub.snapshot().kind() + " " + hub.greensJdkBlocking();
        }
    }

    private static Object startOrder(Hub hub) throws Exception {
        List<String> order = new ArrayList<>();
        List<GreenThread<?>> threads = new ConcurrentList<>();
        for (String name : List.of("a", "b", "c")) {
            threads.add(hub.spawn(() -> {
                order.add(name);
                threads.add(hub.spawn(() -> order.add("child of " + name)));
                return order.add("still " + name);
            }));
        }
        awaitAll(List.copyOf(threads));
        awaitAll(List.copyOf(threads));
        return order;
    }

    /// A list whose elements may be added while others read a copy.
    private static final class ConcurrentList<T> extends java.util.concurrent.CopyOnWriteArrayList<T> {
        private static final long serialVersionUID = 1;
    }

    /// Threads outside use the hub meanwhile, and hold its locks at times.
    private static Object noSwitch(Hub hub) throws Exception {
        Count count = new Count();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(hub.spawn(() -> {
                for (int round = 0; round < 10_000; round++) {
                    int seen = count.value;
                    hub.callAfter(LONG, () -> {}).cancel();
                    count.value = seen + 1;
                    if (round % 10 == 0) {
                        hub.yieldNow();
                    }
                }
                return "done";
            }));
        }
        while (threads.stream().anyMatch(t -> !t.isDone())) {
            hub.callAfter(LONG, () -> {}).cancel();
        }
        awaitAll(threads);
        return count.value;
    }

    private static Object roundRobin(Hub hub) throws Exception {
        StringBuilder order = new StringBuilder();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            threads.add(hub.spawn(() -> {
                for (int i = 0; i < 3; i++) {
                    order.append(name);
                    if (i == 1) {
                        hub.sleep(Duration.ZERO);
                    } else {
                        hub.yieldNow();
                    }
                }
                return name;
            }));
        }
        awaitAll(threads);
        return order;
    }

    private static Object increments(Hub hub) throws Exception {
        Count count = new Count();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            threads.add(hub.spawn(() -> {
                for (int round = 0; round < 10_000; round++) {
                    count.increment();
                    hub.yieldNow();
                }
                return "done";
            }));
        }
        awaitAll(threads);
        return count.value;
    }

    /// The carrier goes to sleep and is woken from outside again and again, at every moment of that.
    private static Object pingPong(Hub hub) throws Exception {
        return play(hub, 20_000, 1_000);
    }

    /// The carrier ends and is started again, again and again.
    private static Object comeAndGo() throws Exception {
        try (CarrierHub hub = new CarrierHub("come-and-go", 5_000, new ConcurrentLinkedQueue<>())) {
            return play(hub, 5_000, 20_000);
        }
    }

    /// Something becomes ready just when the carrier has found nothing, and has not yet said that it rests.
    private static Object unseen() throws Exception {
        LateQueue queue = new LateQueue();
        try (CarrierHub hub = new CarrierHub("unseen", TimeUnit.MINUTES.toNanos(1), queue)) {
            AtomicBoolean ready = new AtomicBoolean();
            GreenThread<String> green = hub.spawn(() -> {
                queue.whenEmpty = () -> {
                    ready.set(true);
                    hub.unpark(Objects.requireNonNull(GreenTaskAccess.runner(queue.waiting())));
                };
                while (!ready.get()) {
                    hub.park(queue);
                }
                return "seen";
            });
            queue.green = green;
            return green.await(Duration.ofSeconds(5));
        }
    }

    private static final class LateQueue extends ConcurrentLinkedQueue<Runnable> {
        private static final long serialVersionUID = 1;
        transient volatile @Nullable Runnable whenEmpty;
        transient volatile @Nullable GreenThread<?> green;

        GreenThread<?> waiting() {
            spinUntil(() -> green != null);
            return Objects.requireNonNull(green);
        }

        @Override
        public @Nullable Runnable poll() {
            Runnable found = super.poll();
            Runnable event = whenEmpty;
            if (found == null && event != null) {
                whenEmpty = null;
                event.run();
            }
            return found;
        }
    }

    private static Object play(Hub hub, int rounds, int longestPauseNanos) throws Exception {
        AtomicInteger ball = new AtomicInteger();
        GreenThread<String> green = hub.spawn(() -> {
            for (int i = 0; i < rounds; i++) {
                while (ball.get() != 2 * i + 1) {
                    hub.park(ball);
                }
                ball.incrementAndGet();
            }
            return "played";
        });
        waitUntil("it has begun", () -> GreenTaskAccess.runner(green) != null);
        Thread inside = Objects.requireNonNull(GreenTaskAccess.runner(green));
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            long pause = ThreadLocalRandom.current().nextInt(longestPauseNanos);
            spinUntil(() -> System.nanoTime() - start >= pause);
            ball.incrementAndGet();
            hub.unpark(inside);
            int expected = 2 * i + 2;
            spinUntil(() -> ball.get() == expected || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(5));
            if (ball.get() != expected) {
                return "lost in round " + i;
            }
        }
        return green.await();
    }

    private static Object looking(CarrierHub hub) throws Exception {
        AtomicBoolean go = new AtomicBoolean();
        GreenThread<String> green = hub.spawn(() -> {
            spinUntil(go::get);
            return "done";
        });
        waitUntil("it runs", () -> hub.running() == green);
        GreenThread<String> next = hub.spawn(() -> "next");
        long switches = hub.switches();
        boolean held = hub.ready() == 1 && hub.running() == green && hub.switches() == switches;
        go.set(true);
        awaitAll(List.of(green, next));
        waitUntil("nobody runs", () -> hub.running() == null);
        return held + " " + (hub.switches() > switches) + " " + hub.ready();
    }

    private static Object jdkSleep(Hub hub) throws Exception {
        long start = System.nanoTime();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            threads.add(hub.spawn(() -> {
                Thread.sleep(SLOW);
                return "slept";
            }));
        }
        awaitAll(threads);
        return System.nanoTime() - start < 5 * SLOW.toNanos() ? "at once" : "one after the other";
    }

    private static Object closeFromInside(Hub hub) throws Exception {
        GreenThread<String> other = hub.spawn(() -> {
            hub.sleep(LONG);
            return "slept";
        });
        return hub.spawn(() -> {
            hub.close();
            return other.state() + " " + hub.blocking(() -> "closed");
        }).await();
    }

    private static @Nullable Object spawnWhenClosed(Hub hub) {
        hub.close();
        try {
            var _ = hub.spawn(() -> "late");
            return "spawned";
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }

    private static Object classLoader(Hub hub) throws Exception {
        InheritableThreadLocal<String> inheritable = new InheritableThreadLocal<>();
        inheritable.set("inherited");
        ClassLoader loader = new ClassLoader() {};
        Thread here = Thread.currentThread();
        ClassLoader before = here.getContextClassLoader();
        here.setContextClassLoader(loader);
        try {
            return hub.spawn(() -> loader.equals(Thread.currentThread().getContextClassLoader()) + " "
                    + inheritable.get() + " " + carrier()).await();
        } finally {
            here.setContextClassLoader(before);
        }
    }

    // ---- blocking

    private static void blocking() {
        say("identity", inside(CarrierHubProgram::identity));
        say("goes on", CarrierHubProgram::goesOn);
        say("exception", inside(hub -> {
            try {
                return hub.blocking(() -> {
                    throw new IOException("from outside");
                });
            } catch (IOException e) {
                return e.getMessage() + " " + carrier();
            }
        }));
        say("flag", inside(hub -> {
            hub.blocking(() -> {
                Thread.currentThread().interrupt();
                return "flagged";
            });
            return Thread.interrupted() + " " + carrier();
        }));
        say("kill", CarrierHubProgram::killOutside);
        say("nested", inside(hub -> {
            String seen = hub
                    .blocking(() -> carrier() + " " + hub.blocking(CarrierHubProgram::carrier) + " " + carrier());
            return seen + " " + carrier();
        }));
        say("elsewhere", hub -> hub.blocking(() -> Thread.currentThread().getName()));
        say("waits", CarrierHubProgram::waitsOutside);
        say("pinned", CarrierHubProgram::pinned);
        say("exclusive", CarrierHubProgram::exclusive);
        say("left", _ -> {
            waitUntil("nobody is in an outing", () -> Thread.getAllStackTraces().values().stream()
                    .noneMatch(stack -> List.of(stack).toString().contains("Outing.run")));
            return "none";
        });
    }

    private static Object identity(Hub hub) throws Exception {
        ThreadLocal<String> local = new ThreadLocal<>();
        local.set("mine");
        GreenThread<?> green = GreenThread.current().orElseThrow();
        Thread thread = Thread.currentThread();
        String outside = hub.blocking(() -> {
            boolean same = GreenThread.current().orElseThrow() == green && Thread.currentThread() == thread
                    && Hub.current() == hub;
            String seen = same + " " + local.get() + " " + carrier();
            local.set("changed");
            return seen;
        });
        return outside + " " + local.get() + " " + carrier();
    }

    /// The body holds its carrier until somebody else of the hub has run.
    private static Object goesOn(Hub hub) throws Exception {
        AtomicBoolean go = new AtomicBoolean();
        GreenThread<String> green = hub.spawn(() -> hub.blocking(() -> {
            spinUntil(go::get);
            return "went on";
        }));
        waitUntil("it is outside", () -> stateOf(hub, green) == GreenThreadState.BLOCKING);
        GreenThread<String> other = hub.spawn(() -> {
            go.set(true);
            return "ran";
        });
        awaitAll(List.of(green, other));
        return green.await();
    }

    private static @Nullable GreenThreadState stateOf(Hub hub, GreenThread<?> green) {
        Thread thread = GreenTaskAccess.runner(green);
        return thread == null ? null : hub.stateOf(thread);
    }

    private static Object killOutside(Hub hub) throws Exception {
        List<String> seen = new ArrayList<>();
        GreenThread<String> green = hub.spawn(() -> {
            try {
                return hub.blocking(() -> {
                    LockSupport.park();
                    spinUntil(Thread.currentThread()::isInterrupted);
                    throw new InterruptedException();
                });
            } finally {
                seen.add(carrier());
            }
        });
        waitUntil("it is outside", () -> stateOf(hub, green) == GreenThreadState.BLOCKING);
        green.kill();
        try {
            return green.await();
        } catch (GreenletExit e) {
            return "killed on " + seen;
        }
    }

    /// greenlet's own calls work outside, as do yields.
    private static Object waitsOutside(Hub hub) throws Exception {
        GreenEvent<String> event = new GreenEvent<>();
        GreenThread<String> green = hub.spawn(() -> hub.blocking(() -> {
            hub.yieldNow();
            hub.sleep(Duration.ofMillis(1));
            String child = hub.spawn(CarrierHubProgram::carrier).await();
            return event.await() + " " + child + " " + carrier();
        }));
        waitUntil("it waits", () -> event.toString().endsWith("waiting=1)"));
        event.send("sent");
        return green.await();
    }

    /// A class whose initialiser steps out of the hub, and cannot.
    private static final class StepsOut {
        static final String CARRIER;

        static {
            try {
                CARRIER = Hub.current().blocking(() -> {
                    LockSupport.parkNanos(5_000_000); // the pool's thread waits in vain meanwhile
                    return carrier();
                });
            } catch (Exception e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    private static Object pinned(Hub hub) throws Exception {
        return hub.spawn(() -> StepsOut.CARRIER + " " + hub.blocking(CarrierHubProgram::carrier) + " " + carrier())
                .await();
    }

    /// Whoever is back is on the hub, though somebody outside looks at all stacks, which adds entries everywhere.
    private static Object exclusive(Hub hub) throws Exception {
        Count count = new Count();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(hub.spawn(() -> {
                for (int round = 0; round < 300; round++) {
                    count.increment();
                    String before = hub.blocking(CarrierHubProgram::carrier);
                    String after = hub.blocking(() -> {
                        hub.yieldNow();
                        return carrier();
                    });
                    if (!"greenlet-blocking".equals(before) || !before.equals(after) || carrier().equals(before)) {
                        count.value = Integer.MIN_VALUE;
                    }
                    count.increment();
                    hub.yieldNow();
                }
                return "done";
            }));
        }
        while (threads.stream().anyMatch(t -> !t.isDone())) {
            for (GreenThread<?> green : threads) {
                Thread thread = GreenTaskAccess.runner(green);
                if (thread != null) {
                    var _ = thread.getStackTrace();
                }
            }
        }
        awaitAll(threads);
        return count.value;
    }

    // ---- hazards

    private static void hazards() {
        say("late", CarrierHubProgram::late);
        say("late monitor", CarrierHubProgram::lateMonitor);
        say("storm", CarrierHubProgram::lateStorm);
        say("initialiser", CarrierHubProgram::initialiser);
        say("killed initialiser", CarrierHubProgram::killedInitialiser);
        say("dead carrier", CarrierHubProgram::deadCarrier);
        say("duplicates", CarrierHubProgram::duplicates);
        say("others", _ -> others());
    }

    /// H1: a child of a green thread is woken when its hub is long gone.
    private static Object late(CarrierHub hub) throws Exception {
        AtomicBoolean woken = new AtomicBoolean();
        List<String> seen = new ConcurrentList<>();
        Thread child = hub.spawn(() -> Thread.startVirtualThread(() -> {
            while (!woken.get()) {
                LockSupport.park();
            }
            seen.add(carrier());
        })).await();
        hub.close();
        waitUntil("the carrier has ended", () -> !isAlive("greenlet-late"));
        woken.set(true);
        LockSupport.unpark(child);
        child.join();
        waitUntil("the rescuer has ended", () -> !isAlive("greenlet-late"));
        return seen;
    }

    /// H1: the JDK's own thread wakes one whose hub is gone, and lives on.
    @SuppressWarnings("SynchronizeOnNonFinalField")
    private static Object lateMonitor(CarrierHub hub) throws Exception {
        Object monitor = new Object();
        Thread child;
        synchronized (monitor) {
            child = hub.spawn(() -> Thread.startVirtualThread(() -> {
                synchronized (monitor) {
                    Thread.onSpinWait();
                }
            })).await();
            Thread blocked = child;
            waitUntil("it is blocked", () -> blocked.getState() == Thread.State.BLOCKED);
            hub.close();
            waitUntil("the carrier has ended", () -> !isAlive("greenlet-late-monitor"));
        }
        child.join();
        return "entered";
    }

    /// H1: wake-ups at every moment of the carrier's coming and going.
    private static Object lateStorm(CarrierHub hub) throws Exception {
        AtomicInteger turns = new AtomicInteger();
        AtomicInteger asked = new AtomicInteger();
        int rounds = 200;
        Thread child = hub.spawn(() -> Thread.startVirtualThread(() -> {
            while (turns.get() < rounds) {
                if (turns.get() < asked.get()) {
                    turns.incrementAndGet();
                } else {
                    LockSupport.park();
                }
            }
        })).await();
        hub.close();
        for (int i = 1; i <= rounds; i++) {
            asked.set(i);
            LockSupport.unpark(child);
            int expected = i;
            waitUntil("turn " + i + " has come", () -> turns.get() == expected);
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(9_000_000, 11_000_000)); // it rests for 10 ms
        }
        child.join();
        return turns;
    }

    private static final class Parks {
        static final long BEGUN = System.nanoTime();

        static {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /// H3: the hub stands while a class is initialised, and goes on.
    private static Object initialiser(CarrierHub hub) throws Exception {
        GreenThread<Long> green = hub.spawn(() -> Parks.BEGUN);
        GreenThread<Long> other = hub.spawn(System::nanoTime);
        return other.await() - green.await() >= TimeUnit.MILLISECONDS.toNanos(40) ? "after it" : "meanwhile";
    }

    private static final CountDownLatch HELD = new CountDownLatch(1);

    private static final class ParksLong {
        static final boolean INTERRUPTED;

        static {
            HELD.countDown();
            Hub hub = Hub.current();
            long start = hub.nanoTime();
            while (!Thread.currentThread().isInterrupted()
                    && hub.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
                hub.parkNanos(ParksLong.class, TimeUnit.SECONDS.toNanos(20));
            }
            INTERRUPTED = Thread.currentThread().isInterrupted();
        }
    }

    /// H3: a kill reaches one that parks the carrier itself.
    private static Object killedInitialiser(CarrierHub hub) throws Exception {
        GreenThread<Boolean> green = hub.spawn(() -> ParksLong.INTERRUPTED);
        GreenThread<String> other = hub.spawn(() -> "went on");
        HELD.await();
        waitUntil("it holds the carrier", () -> {
            Thread.State state = Objects.requireNonNull(GreenTaskAccess.runner(green)).getState();
            return state == Thread.State.TIMED_WAITING || state == Thread.State.WAITING;
        });
        green.kill();
        return other.await() + " " + ParksLong.INTERRUPTED;
    }

    /// H4: what escapes to the carrier is reported, and another one goes on with the queue.
    private static Object deadCarrier(CarrierHub hub) throws Exception {
        ConcurrentLinkedQueue<String> reported = new ConcurrentLinkedQueue<>();
        hub.setFailureHandler((source, error) -> {
            reported.add(source + ": " + error.getMessage());
            throw new IllegalStateException("planted too");
        });
        GreenEvent<String> gate = new GreenEvent<>();
        List<GreenThread<?>> waiting = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            waiting.add(hub.spawn(gate::await));
        }
        hub.spawn(() -> {
            VirtualThreads.schedulerOf(Thread.currentThread()).execute(() -> {
                throw new LinkageError("planted");
            });
            waiting.add(hub.spawn(gate::await));
            return Thread.currentThread();
        }).await();
        waitUntil("it is reported", () -> !reported.isEmpty());
        Thread.ofVirtual().start(() -> gate.send("all")).join();
        awaitAll(waiting);
        return reported + " " + waiting.stream().filter(t -> t.state() == Future.State.SUCCESS).count();
    }

    /// H5: looking at stacks adds entries.
    private static Object duplicates(CarrierHub hub) throws Exception {
        Count count = new Count();
        List<GreenThread<?>> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(hub.spawn(() -> {
                for (int round = 0; round < 5_000; round++) {
                    count.increment();
                    hub.yieldNow();
                }
                return "done";
            }));
        }
        int looks = 0;
        while (threads.stream().anyMatch(t -> !t.isDone())) {
            for (GreenThread<?> green : threads) {
                Thread thread = GreenTaskAccess.runner(green);
                if (thread != null && thread.getStackTrace().length > 0) {
                    looks++;
                }
            }
        }
        awaitAll(threads);
        return count.value + (looks > 0 ? " looked at" : " not looked at");
    }

    // ---- sockets

    private static void sockets() throws Exception {
        say("pollers", CarrierHubProgram::pollers); // the first socket of this JVM
        say("sockets", CarrierHubProgram::fetchBySocket);
        say("http", CarrierHubProgram::fetchByHttp);
        say("jdbc", CarrierHubProgram::fetchByJdbc);
        System.out.println("others: " + others());
    }

    /// H2: the JDK's pollers do not live on the hub that first uses a socket.
    private static Object pollers(CarrierHub hub) throws Exception {
        hub.spawn(CarrierHubProgram::exchange).await();
        AtomicBoolean go = new AtomicBoolean();
        GreenThread<String> holder = hub.spawn(() -> {
            spinUntil(go::get);
            return "let go";
        });
        waitUntil("the hub is held", () -> hub.running() == holder);
        String seen = others();
        go.set(true);
        return seen + ", then " + holder.await();
    }

    /// Ordinary virtual threads: their sockets, in both directions, and their monitors.
    private static String others() throws InterruptedException {
        List<String> seen = new ConcurrentList<>();
        Thread reader = Thread.ofVirtual().start(() -> seen.add(exchange()));
        Object monitor = new Object();
        Thread blocked;
        synchronized (monitor) {
            blocked = Thread.ofVirtual().start(() -> {
                synchronized (monitor) {
                    seen.add("entered");
                }
            });
            Thread one = blocked;
            waitUntil("it is blocked", () -> one.getState() == Thread.State.BLOCKED);
        }
        if (!reader.join(Duration.ofSeconds(10)) || !blocked.join(Duration.ofSeconds(10))) {
            return "hang: " + seen;
        }
        return seen.stream().sorted().toList().toString();
    }

    /// Two virtual threads and more bytes than a socket buffers: both sides wait for the other one.
    private static String exchange() {
        byte[] much = new byte[4 << 20];
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = Thread.startVirtualThread(() -> {
                try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(much);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            int length;
            try (Socket socket = server.accept()) {
                LockSupport.parkNanos(1_000_000); // the sender waits to read
                socket.getOutputStream().write(1);
                LockSupport.parkNanos(1_000_000); // the sender waits to write
                length = socket.getInputStream().readAllBytes().length;
            }
            sender.join();
            return length == much.length ? "exchanged" : "only " + length;
        } catch (IOException | InterruptedException e) {
            return e.toString();
        }
    }

    private static Object fetchBySocket(CarrierHub hub) throws Exception {
        byte[] answer = "answer".getBytes(StandardCharsets.US_ASCII);
        try (ServerSocket server = new ServerSocket(0, MANY, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try {
                    for (;;) {
                        Socket socket = server.accept();
                        Thread.ofVirtual().start(() -> {
                            try (socket) {
                                Thread.sleep(SLOW);
                                socket.getOutputStream().write(answer);
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
                    }
                } catch (IOException closed) {
                    // the end
                }
            });
            return times(hub, () -> {
                try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                        InputStream in = socket.getInputStream()) {
                    return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
                }
            });
        }
    }

    private static Object fetchByHttp(CarrierHub hub) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), MANY);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            LockSupport.parkNanos(SLOW.toNanos());
            byte[] answer = "answer".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            return times(hub, () -> client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } finally {
            server.stop(0);
        }
    }

    private static Object fetchByJdbc(CarrierHub hub) throws Exception {
        Server server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        String url = "jdbc:h2:tcp://127.0.0.1:" + server.getPort() + "/mem:slow;DB_CLOSE_DELAY=-1";
        Queue<Connection> idle = new ConcurrentLinkedQueue<>(); // opened before, as a pool's are
        try {
            for (int i = 0; i < MANY; i++) {
                idle.add(DriverManager.getConnection(url));
            }
            try (Statement sql = idle.element().createStatement()) {
                sql.execute("CREATE ALIAS NAP FOR 'java.lang.Thread.sleep(long)'");
            }
            return times(hub, () -> {
                Connection mine = idle.remove();
                try (Statement query = mine.createStatement()) {
                    query.execute("CALL NAP(" + SLOW.toMillis() + ")");
                    try (ResultSet answer = query.executeQuery("SELECT 'answer'")) {
                        return answer.next() ? answer.getString(1) : "nothing";
                    }
                } finally {
                    idle.add(mine);
                }
            });
        } finally {
            for (Connection connection : idle) {
                connection.close();
            }
            server.stop();
        }
    }

    /// How much longer many fetches at once take than one: the second one, when classes are loaded.
    private static Object times(Hub hub, Callable<String> fetch) throws Exception {
        hub.spawn(fetch).await();
        long start = System.nanoTime();
        hub.spawn(fetch).await();
        long one = System.nanoTime() - start;
        start = System.nanoTime();
        List<GreenThread<String>> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            all.add(hub.spawn(fetch));
        }
        int answers = 0;
        for (GreenThread<String> green : all) {
            answers += "answer".equals(green.await()) ? 1 : 0;
        }
        long many = System.nanoTime() - start;
        System.out.println("figures: one " + one / 1_000_000 + " ms, " + MANY + " at once " + many / 1_000_000 + " ms");
        return answers + (many < 5 * one ? " at once" : " in " + many + " ns where one takes " + one);
    }

    // ---- close

    /// Closes hubs whose green threads wait, sleep, hold sockets, are outside or are being woken at that moment.
    private static void close(int rounds, Supplier<Hub> form) throws Exception {
        int lost = 0;
        int unreleased = 0;
        long start = System.nanoTime();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (int round = 0; round < rounds; round++) {
                Hub hub = form.get();
                List<GreenThread<?>> threads = new ArrayList<>();
                AtomicInteger released = new AtomicInteger();
                GreenEvent<String> event = new GreenEvent<>();
                CountDownLatch latch = new CountDownLatch(1);
                List<Callable<?>> bodies = List.of(event::await, event::await, () -> {
                    hub.sleep(LONG);
                    return "slept";
                }, () -> {
                    Thread.sleep(LONG);
                    return "slept";
                }, () -> {
                    latch.await();
                    return "counted";
                }, () -> {
                    try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                            Socket other = server.accept()) {
                        return socket.getInputStream().read() + other.getPort();
                    }
                }, () -> hub.blocking(() -> {
                    hub.sleep(LONG);
                    return "slept";
                }), () -> {
                    for (;;) {
                        hub.sleep(Duration.ZERO);
                    }
                });
                for (Callable<?> body : bodies) {
                    threads.add(hub.spawn(() -> {
                        try {
                            return body.call();
                        } finally {
                            released.incrementAndGet();
                        }
                    }));
                }
                int mayBegin = hub.greensJdkBlocking() ? threads.size() : 4; // the fourth blocks in the JDK
                int begun = round % 2 == 0 ? mayBegin : 0; // the others may be killed before they begin
                waitUntil("they have begun",
                        () -> threads.stream().filter(t -> GreenTaskAccess.runner(t) != null).count() >= begun);
                Thread waker = Thread.ofVirtual().start(() -> {
                    event.send("woken");
                    latch.countDown();
                });
                hub.close();
                waker.join();
                lost += (int) threads.stream().filter(t -> !t.isDone()).count();
                unreleased += Math.max(0, begun - released.get());
            }
        }
        System.out.println("close: " + lost + " lost, " + unreleased + " unreleased");
        System.out.println("figures: " + (System.nanoTime() - start) / 1_000 / rounds + " us a close");
        waitUntil("the last carrier has ended", () -> !isAlive("greenlet-closing"));
        System.out.println("others: " + others());
    }

    // ---- speed

    private static void speed() throws Exception {
        for (Hub hub : List.of(new CarrierHub("speed"), new BatonHub("speed"))) {
            for (int measurement = 0; measurement < 5; measurement++) {
                int rounds = 10_000;
                List<GreenThread<?>> threads = new ArrayList<>();
                long start = System.nanoTime();
                for (int i = 0; i < MANY; i++) {
                    threads.add(hub.spawn(() -> {
                        for (int round = 0; round < rounds; round++) {
                            hub.yieldNow();
                        }
                        return "done";
                    }));
                }
                for (GreenThread<?> green : threads) {
                    var _ = green.await();
                }
                System.out.println(hub.snapshot().kind() + ": " + (System.nanoTime() - start) / MANY / rounds
                        + " ns a switch");
            }
            int spawns = 200_000;
            long start = System.nanoTime();
            CountDownLatch ended = new CountDownLatch(spawns);
            for (int i = 0; i < spawns; i++) {
                hub.spawnN(ended::countDown);
            }
            ended.await();
            System.out.println(hub.snapshot().kind() + ": " + (System.nanoTime() - start) / spawns + " ns a spawn");
            start = System.nanoTime();
            int calls = 20_000;
            hub.spawn(() -> {
                for (int i = 0; i < calls; i++) {
                    hub.blocking(() -> "nothing");
                }
                return "done";
            }).await();
            System.out.println(hub.snapshot().kind() + ": " + (System.nanoTime() - start) / calls + " ns a blocking");
            hub.close();
        }
    }

    /// The runner of a green thread, which is the task's own business.
    private static final class GreenTaskAccess {
        static @Nullable Thread runner(GreenThread<?> green) {
            return ((GreenTask<?>) green).runner();
        }
    }
}
