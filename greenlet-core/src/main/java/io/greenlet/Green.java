package io.greenlet;

import java.time.Duration;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/// The verbs of the hub one is on: each is the same method of [Hub#current()]. eventlet: the package's own functions.
public final class Green {

    private Green() {}

    /// Starts a green thread. eventlet: `spawn`.
    ///
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return its handle
    /// @see Hub#spawn(Callable)
    public static <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body) {
        return Hub.current().spawn(body);
    }

    /// Starts a green thread that nobody waits for. eventlet: `spawn_n`.
    ///
    /// @param body what to run
    /// @see Hub#spawnN(Runnable)
    public static void spawnN(Runnable body) {
        Hub.current().spawnN(body);
    }

    /// Starts a green thread after a delay. eventlet: `spawn_after`.
    ///
    /// @param delay how long to wait; zero or less means at once
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return its handle
    /// @see Hub#spawnAfter(Duration, Callable)
    public static <T extends @Nullable Object> GreenThread<T> spawnAfter(Duration delay, Callable<? extends T> body) {
        return Hub.current().spawnAfter(delay, body);
    }

    /// Starts a green thread after a delay unless the caller has ended by then. eventlet: `spawn_after_local`.
    ///
    /// @param delay how long to wait; zero or less means at once
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return its handle
    /// @see Hub#spawnAfterLocal(Duration, Callable)
    public static <T extends @Nullable Object> GreenThread<T> spawnAfterLocal(Duration delay,
            Callable<? extends T> body) {
        return Hub.current().spawnAfterLocal(delay, body);
    }

    /// Suspends the calling thread for a while; zero or less yields. eventlet: `sleep`.
    ///
    /// @param duration how long
    /// @throws InterruptedException if the thread is interrupted, as by a kill
    /// @see Hub#sleep(Duration)
    public static void sleep(Duration duration) throws InterruptedException {
        Hub.current().sleep(duration);
    }

    /// Lets others that are ready get their turn. eventlet: `sleep(0)`.
    ///
    /// @see Hub#yieldNow()
    public static void yieldNow() {
        Hub.current().yieldNow();
    }

    /// Runs a body that blocks in ways the hub does not see. eventlet: `tpool.execute`.
    ///
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws Exception what the body threw
    /// @see Hub#blocking(Callable)
    public static <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception {
        return Hub.current().blocking(body);
    }
}
