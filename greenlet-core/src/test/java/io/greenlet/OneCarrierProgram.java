package io.greenlet;

import io.greenlet.sync.GreenEvent;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/// The program of [OneCarrierTests]: each check says what it saw.
final class OneCarrierProgram {

    private static final int MANY = 10;

    private OneCarrierProgram() {}

    public static void main(String[] args) throws Exception {
        say("event", OneCarrierProgram::eventOrder);
        say("event with leavers", OneCarrierProgram::eventOrderWithLeavers);
        say("awaiters", OneCarrierProgram::awaiterOrder);
        say("spawns", OneCarrierProgram::spawnOrder);
        say("no switch", OneCarrierProgram::noSwitch);
        say("blocking kill", OneCarrierProgram::blockingKill);
        say("storm", OneCarrierProgram::storm);
        say("name", OneCarrierProgram::failureThatIsLogged);
        System.out.println("end: reached");
        System.exit(0); // not later than now, whatever a failed check left running
    }

    /// Before the next look at a condition: steps aside in a way that lets in whoever is woken from outside.
    private static void pause() throws InterruptedException {
        Green.sleep(Duration.ofNanos(50_000));
    }

    /// In a green thread, so that all happens on the one carrier.
    private static void say(String check, Callable<Object> body) {
        Object seen;
        GreenThread<Object> green = Hub.parallel().spawn(body);
        try {
            seen = green.await(Duration.ofSeconds(10));
        } catch (Exception e) {
            green.kill();
            seen = e;
        }
        System.out.println(check + ": " + seen);
    }

    private static Object eventOrder() throws Exception {
        GreenEvent<String> event = new GreenEvent<>();
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<GreenThread<String>> waiters = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            waiters.add(Green.spawn(() -> {
                String value = event.await();
                order.add(number);
                return value;
            }));
        }
        while (!event.toString().endsWith("waiting=" + MANY + ")")) {
            pause();
        }
        event.send("value");
        for (GreenThread<String> waiter : waiters) {
            waiter.await();
        }
        return order;
    }

    private static Object eventOrderWithLeavers() throws Exception {
        GreenEvent<String> event = new GreenEvent<>();
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<GreenThread<String>> waiters = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            waiters.add(Green.spawn(() -> {
                try {
                    event.await(Duration.ofNanos(number % 2 == 0 ? Long.MAX_VALUE : 1_000_000));
                    order.add(number);
                } catch (TimeoutException e) {
                    return "left";
                }
                return "stayed";
            }));
        }
        while (!event.toString().endsWith("waiting=" + MANY / 2 + ")")
                || waiters.stream().filter(GreenThread::isDone).count() < MANY / 2) {
            pause();
        }
        event.send("value");
        for (GreenThread<String> waiter : waiters) {
            waiter.await();
        }
        return order;
    }

    private static Object awaiterOrder() throws Exception {
        GreenEvent<String> gate = new GreenEvent<>();
        GreenThread<String> target = Green.spawn(gate::await);
        List<Integer> order = new CopyOnWriteArrayList<>();
        AtomicInteger waiting = new AtomicInteger();
        List<GreenThread<String>> waiters = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            waiters.add(Green.spawn(() -> {
                waiting.incrementAndGet();
                String value = target.await(); // nothing else runs between the count and the wait
                order.add(number);
                return value;
            }));
        }
        while (waiting.get() < MANY) {
            pause();
        }
        gate.send("value");
        for (GreenThread<String> waiter : waiters) {
            waiter.await();
        }
        return order;
    }

    private static Object spawnOrder() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<GreenThread<Boolean>> spawned = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            spawned.add(Green.spawn(() -> order.add(number)));
        }
        for (GreenThread<Boolean> green : spawned) {
            green.await();
        }
        return order;
    }

    private static Object noSwitch() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        GreenEvent<String> event = new GreenEvent<>();
        GreenThread<String> victim = Green.spawn(new GreenEvent<String>()::await);
        GreenThread<Boolean> waiter = Green.spawn(() -> {
            event.await();
            return order.add("other");
        });
        while (!event.toString().endsWith("waiting=1)")) {
            pause();
        }
        order.add("before");
        event.send("value");
        victim.kill();
        Green.spawnN(Green::yieldNow);
        order.add("after");
        waiter.await();
        return order;
    }

    /// Closing a channel in an interrupt runs foreign code, which may block the killer half-way.
    private static Object blockingKill() throws Exception {
        try (SlowlyClosing channel = new SlowlyClosing()) {
            GreenThread<String> green = Green.spawn(channel::read);
            while (!channel.isBeingRead()) {
                pause();
            }
            GreenThread<Boolean> killer = Green.spawn(() -> green.cancel(true));
            String value = green.await();
            killer.await();
            return value;
        }
    }

    private static final class SlowlyClosing extends AbstractInterruptibleChannel {

        private volatile @Nullable Thread reader;

        String read() {
            reader = Thread.currentThread();
            begin();
            while (isOpen()) {
                LockSupport.park(this);
            }
            Thread.interrupted();
            return "ended";
        }

        boolean isBeingRead() {
            Thread thread = reader;
            return thread != null && thread.getState() == Thread.State.WAITING;
        }

        @Override
        protected void implCloseChannel() {
            LockSupport.unpark(reader);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5)); // the reader comes to its end meanwhile
        }
    }

    private static Object storm() throws Exception {
        int rounds = 1_000;
        int ended = 0;
        for (int round = 0; round < rounds; round++) {
            GreenEvent<String> gate = new GreenEvent<>();
            GreenThread<String> green = Green.spawn(gate::await);
            GreenThread<Boolean> killer = Green.spawn(() -> green.cancel(true));
            Thread outside = Thread.ofPlatform().start(green::kill);
            gate.send("value");
            try {
                green.await();
            } catch (GreenletExit e) {
                // one of the two ends it may have
            }
            killer.await();
            outside.join();
            ended += green.isDone() ? 1 : 0;
        }
        return ended + " ended";
    }

    private static Object failureThatIsLogged() throws Exception {
        GreenEvent<GreenThread<?>> self = new GreenEvent<>();
        Green.spawnN(() -> {
            self.send(GreenThread.current().orElseThrow());
            throw new IllegalStateException("nobody awaits it");
        });
        GreenThread<?> green = self.await();
        try {
            green.await();
        } catch (IllegalStateException e) {
            return green.name();
        }
        return "did not fail";
    }
}
