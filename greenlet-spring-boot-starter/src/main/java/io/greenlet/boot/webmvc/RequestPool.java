package io.greenlet.boot.webmvc;

import io.greenlet.GreenThread;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.coyote.AbstractProcessor;
import org.apache.coyote.ProtocolHandler;
import org.jspecify.annotations.Nullable;

/// A pool as the threads that Tomcat handles requests in. A bean, and for that no executor itself: an executor bean would
/// take the place of Spring Boot's.
///
/// Tomcat's poller hands requests in and is never blocked: a request stands in the pool's line until it runs, however long
/// that takes (Tomcat cannot be told later; `max-wait` holds only if it is zero). It is refused where the pool rejects or
/// its queue is full: Tomcat closes the connection.
///
/// A request that goes on, as an asynchronous one does with its result or its time limit, comes in a second time. Refused
/// then it runs outside the pool: Tomcat would drop it, with its connection open for good.
///
/// A request is taken care of once it has been handed in. Killed in line, it still runs, outside the pool and with its
/// interrupt flag set, as one killed at work would go on: otherwise its connection stayed open for good.
final class RequestPool {

    private static final TaskOptions REQUEST = TaskOptions.describedAs("request");
    private static final StackWalker FRAMES = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private final GreenPool pool;
    private final List<ProtocolHandler> handlers = new CopyOnWriteArrayList<>();
    private final Set<Request> requests = ConcurrentHashMap.newKeySet(); // handed in, and not over

    RequestPool(GreenPool pool) {
        this.pool = pool;
    }

    /// Makes a connector of Tomcat use the pool.
    void serve(ProtocolHandler handler) {
        handlers.add(handler);
        Executor executor = this::handIn;
        handler.setExecutor(executor);
    }

    private void handIn(Runnable work) {
        Request request = new Request(work);
        requests.add(request);
        try {
            GreenThread<@Nullable Void> handle = pool.submit(request, InLine.untilItRuns(pool, REQUEST));
            handle.link(_ -> request.ended());
        } catch (RejectedSubmission e) {
            if (!goesOn()) {
                requests.remove(request);
                throw e;
            }
            request.runOutside();
        } catch (Throwable e) {
            requests.remove(request);
            throw e;
        }
    }

    /// Whether the caller works for a request that has begun. Tomcat's tasks do not say, its poller has no such frame.
    private static boolean goesOn() {
        return FRAMES
                .walk(frames -> frames.anyMatch(frame -> frame.getDeclaringClass().equals(AbstractProcessor.class)));
    }

    private final class Request implements Callable<@Nullable Void> {

        private final Runnable work;
        private final Set<Runnable> watchers = ConcurrentHashMap.newKeySet();
        private volatile boolean begun;
        private volatile boolean over;

        Request(Runnable work) {
            this.work = work;
        }

        @Override
        public @Nullable Void call() {
            begun = true;
            work.run();
            return null;
        }

        void ended() {
            if (begun) {
                isOver();
                return;
            }
            pool.hub().spawnN(() -> {
                Thread.currentThread().interrupt();
                runHere();
            });
        }

        void runOutside() {
            pool.hub().spawnN(this::runHere);
        }

        private void runHere() {
            try {
                work.run();
            } finally {
                isOver();
            }
        }

        private void isOver() {
            over = true;
            requests.remove(this);
            for (Runnable watcher : watchers) {
                tell(watcher);
            }
        }

        void whenOver(Runnable watcher) {
            watchers.add(watcher);
            if (over) {
                tell(watcher);
            }
        }

        private void tell(Runnable watcher) {
            if (watchers.remove(watcher)) {
                watcher.run();
            }
        }
    }

    /// Takes no more connections, closes each with its next answer, and calls back when every request that is here by now
    /// has been answered. Pausing Tomcat, as its graceful shutdown does, would drop those that stand in line.
    void finish(Runnable callback) {
        handlers.forEach(ProtocolHandler::closeServerSocketGraceful);
        List<Request> here = List.copyOf(requests);
        AtomicInteger left = new AtomicInteger(here.size() + 1);
        Runnable oneOver = () -> {
            if (left.decrementAndGet() == 0) {
                callback.run();
            }
        };
        here.forEach(request -> request.whenOver(oneOver));
        oneOver.run();
    }
}
