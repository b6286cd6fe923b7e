package io.greenlet.boot.reactor;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/// A cold publisher each of whose subscriptions is a task of a pool: its green thread calls the method, subscribes to
/// the publisher that this returns, asks it for as much as the subscriber asks for, and holds its slot until the
/// publisher ends.
///
/// ```
///   subscribe ──▶ in the pool's line ──▶ green thread: method, subscribe, request … request ──▶ over ──▶ slot back
///       │                │                        │ onNext as it comes                                   │
///       └── cancel: kill ┴────────────────────────┘                                   onComplete, onError
/// ```
///
/// Re-entry. In one of the pool's own green threads, when there is no free slot, the method runs there and then, and
/// the subscriber gets its publisher as it is.
///
/// Context. What the subscriber has in its context is in the thread-locals too while the task is handed in, so that the
/// pool propagates it as it does the rest; the inner publisher gets the subscriber's context itself.
///
/// Demand is passed on in the green thread, not in that of the subscriber: a source that blocks when it is asked blocks
/// the green thread, never an event loop. The end is told after the slot is back (in a link of the task), as with
/// `GreenThread.await`.
///
/// Races. `onNext` of a source that emits in threads of its own may meet the end of a killed task: a serialised
/// subscriber orders them. `request` and `cancel` before the source is there are kept in `requested` and `cancelled`,
/// which the green thread reads after it has published itself in `runner`; it is unparked through that by those who
/// come later. Subscribed to in one of the pool's own green threads it takes its slot before the subscriber is told (were
/// there none, that one would get the publisher itself), so the green thread waits until it is `announced`.
///
/// @param <T> the type of the elements
final class GreenFlux<T> extends Flux<T> {

    private final GreenPool pool;
    private final TaskOptions options;
    private final Callable<? extends @Nullable Publisher<? extends T>> body;

    private GreenFlux(GreenPool pool, TaskOptions options,
            Callable<? extends @Nullable Publisher<? extends T>> body) {
        this.pool = pool;
        this.options = options;
        this.body = body;
    }

    /// A publisher.
    ///
    /// @param pool where to run
    /// @param options what is special about the tasks
    /// @param body returns a publisher, or null for an empty one; called once for each subscription
    static <T> Flux<T> of(GreenPool pool, TaskOptions options,
            Callable<? extends @Nullable Publisher<? extends T>> body) {
        return onAssembly(new GreenFlux<>(pool, options, body));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        SubscriberContext.during(actual.currentContext(), () -> subscribeHere(actual));
    }

    private void subscribeHere(CoreSubscriber<? super T> actual) {
        CoreSubscriber<T> serial = Operators.serialize(actual);
        Task<T> task = new Task<>(pool, body, serial);
        if (pool.isCurrent()) {
            subscribeInside(actual, serial, task);
        } else {
            serial.onSubscribe(task);
            task.announce();
            task.start(InLine.options(pool, options));
        }
    }

    private void subscribeInside(CoreSubscriber<? super T> actual, CoreSubscriber<T> serial, Task<T> task) {
        Optional<GreenThread<@Nullable Void>> admitted;
        try {
            admitted = pool.trySpawn(task, options);
        } catch (RejectedSubmission e) {
            Operators.error(actual, e);
            return;
        }
        if (admitted.isPresent()) {
            serial.onSubscribe(task);
            task.announce();
            task.follow(admitted.get());
        } else {
            inPlace().subscribe(actual);
        }
    }

    /// What a green thread of the full pool itself subscribes to: it might wait for the result, and so for its slot.
    private Publisher<? extends T> inPlace() {
        try {
            Publisher<? extends T> publisher = body.call();
            return publisher == null ? Flux.empty() : publisher;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Flux.error(e);
        } catch (Exception e) {
            return Flux.error(e);
        }
    }

    private static final class Task<T> implements Callable<@Nullable Void>, CoreSubscriber<T>, Subscription {

        private final GreenPool pool;
        private final Callable<? extends @Nullable Publisher<? extends T>> body;
        private final CoreSubscriber<T> actual;
        private final AtomicLong requested = new AtomicLong(); // what the green thread has not passed on yet

        private final AtomicBoolean sourceCancelled = new AtomicBoolean();

        private volatile @Nullable GreenThread<?> thread; // written by the subscriber once it is handed in
        private volatile @Nullable Thread runner; // written by the green thread
        private volatile boolean cancelled; // by the subscriber
        private volatile boolean announced; // the subscriber knows of its subscription
        private volatile boolean over; // the source has terminated
        private @Nullable Throwable error; // written before over
        private volatile @Nullable Subscription source; // written by the source

        Task(GreenPool pool, Callable<? extends @Nullable Publisher<? extends T>> body, CoreSubscriber<T> actual) {
            this.pool = pool;
            this.body = body;
            this.actual = actual;
        }

        // ---- the subscriber's side

        /// Lets the green thread begin, which may have its slot before the subscriber has its subscription.
        void announce() {
            announced = true;
            wake();
        }

        void start(TaskOptions options) {
            if (cancelled) {
                return;
            }
            try {
                follow(pool.submit(this, options));
            } catch (RejectedSubmission e) {
                actual.onError(e);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // it ends with the task, whose end is told
        void follow(GreenThread<@Nullable Void> handle) {
            thread = handle;
            if (cancelled) {
                handle.cancel(true);
            }
            handle.toCompletableFuture().whenComplete((_, failure) -> ended(failure));
        }

        @Override
        public void request(long n) {
            if (!Operators.validate(n)) {
                return;
            }
            requested.accumulateAndGet(n, Operators::addCap);
            wake();
        }

        @Override
        public void cancel() {
            cancelled = true;
            GreenThread<?> handle = thread;
            if (Thread.currentThread().equals(runner)) {
                leaveSource();
                return;
            }
            cancelSource(); // which may be too busy to notice an interrupt
            if (handle != null) {
                handle.cancel(true);
            }
        }

        private void ended(@Nullable Throwable failure) {
            if (failure == null) {
                actual.onComplete();
            } else if (!cancelled) {
                actual.onError(failure);
            }
        }

        // ---- the green thread's side

        @Override
        public @Nullable Void call() throws Exception {
            runner = Thread.currentThread();
            try {
                awaitAnnouncement();
                subscribe();
                while (!over) {
                    pass();
                }
            } catch (InterruptedException e) {
                leaveSource();
                throw e;
            }
            if (cancelled) {
                throw new GreenletExit("the subscription was cancelled");
            }
            if (error != null) {
                throw raised(error);
            }
            return null;
        }

        private void subscribe() throws Exception {
            Publisher<? extends T> publisher = body.call();
            if (publisher == null) {
                over = true;
            } else {
                publisher.subscribe(this);
            }
        }

        /// Passes the subscriber's demand on, or waits for more of it.
        private void pass() throws InterruptedException {
            checkInterrupt();
            Subscription from = source;
            long n = from == null ? 0 : requested.getAndSet(0);
            if (from != null && n > 0) {
                from.request(n);
            } else {
                pool.hub().park(this);
            }
        }

        private void awaitAnnouncement() throws InterruptedException {
            while (!announced) {
                checkInterrupt();
                pool.hub().park(this);
            }
        }

        private static void checkInterrupt() throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }

        private void wake() {
            Thread waiting = runner;
            if (waiting != null) {
                pool.hub().unpark(waiting);
            }
        }

        private static Exception raised(Throwable error) {
            return switch (error) {
                case Error e -> throw e;
                case Exception e -> e;
                case Throwable e -> Exceptions.propagate(e);
            };
        }

        private void leaveSource() {
            over = true;
            cancelSource();
        }

        /// Cancels the source if there is one yet, once.
        private void cancelSource() {
            Subscription from = source;
            if (from != null && sourceCancelled.compareAndSet(false, true)) {
                from.cancel();
            }
        }

        // ---- the source's side

        @Override
        public void onSubscribe(Subscription subscription) {
            source = subscription;
            if (over || cancelled) {
                cancelSource();
            }
            wake();
        }

        @Override
        public void onNext(T element) {
            actual.onNext(element);
            Thread here = Thread.currentThread();
            if (here.equals(runner) && here.isInterrupted()) { // it emits as fast as it can: out of it, to the interrupt
                cancelSource();
            }
        }

        @Override
        public void onError(Throwable failure) {
            error = failure;
            onComplete();
        }

        @Override
        public void onComplete() {
            over = true;
            wake();
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }
}
