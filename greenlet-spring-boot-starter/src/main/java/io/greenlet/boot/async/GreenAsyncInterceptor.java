package io.greenlet.boot.async;

import io.greenlet.GreenThread;
import io.greenlet.boot.reactor.GreenReactor;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.TargetClassAware;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import reactor.core.publisher.Flux;

/// Runs a call in the method's pool and gives the caller a handle of the kind that the method declares.
final class GreenAsyncInterceptor implements MethodInterceptor {

    private final GreenAsyncMethods methods;
    private final GreenAsyncPools pools;
    private final GreenAsyncTimeouts timeouts;
    private final Supplier<AsyncUncaughtExceptionHandler> failures;
    private final Map<Method, GreenAsyncCall> calls = new ConcurrentHashMap<>(); // of the first class that has the method
    private final Map<MethodClassKey, GreenAsyncCall> callsOfOthers = new ConcurrentHashMap<>();

    GreenAsyncInterceptor(GreenAsyncMethods methods, GreenAsyncPools pools, GreenAsyncTimeouts timeouts,
            Supplier<AsyncUncaughtExceptionHandler> failures) {
        this.methods = methods;
        this.pools = pools;
        this.timeouts = timeouts;
        this.failures = failures;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        GreenAsyncCall how = how(invocation);
        if (how == null) {
            return invocation.proceed();
        }
        return switch (how.method().kind()) {
            case VOID, HANDLE, STAGE -> new Call(how, invocation).spawn();
            case MONO -> Reactive.mono(how, invocation);
            case FLUX -> Reactive.flux(how, invocation);
        };
    }

    /// How to run a call. Most methods are called on beans of one class: then a single lookup finds it.
    private @Nullable GreenAsyncCall how(MethodInvocation invocation) {
        Object bean = Objects.requireNonNull(invocation.getThis(), "target");
        Class<?> type = bean instanceof TargetClassAware ? AopUtils.getTargetClass(bean) : bean.getClass();
        GreenAsyncCall first = calls.get(invocation.getMethod());
        return first != null && first.type().equals(type) ? first : howElse(invocation.getMethod(), bean, type);
    }

    private @Nullable GreenAsyncCall howElse(Method called, Object bean, Class<?> type) {
        GreenAsyncCall known = callsOfOthers.get(new MethodClassKey(called, type));
        if (known != null) {
            return known;
        }
        Class<?> target = bean instanceof TargetClassAware ? type : AopUtils.getTargetClass(bean); // one answer: it may change
        return read(called, target, type);
    }

    /// Looks a method up, once for every class that has it.
    private @Nullable GreenAsyncCall read(Method called, Class<?> target, Class<?> type) {
        GreenAsyncMethod method = methods.find(called, target);
        if (method == null) {
            return null;
        }
        TaskOptions options = TaskOptions.describedAs(target.getSimpleName() + '.' + method.method().getName())
                .withTimeout(timeouts.of(method));
        GreenAsyncCall how = new GreenAsyncCall(type, method, pools.of(method), options, failures);
        if (calls.putIfAbsent(called, how) != null) {
            callsOfOthers.put(new MethodClassKey(called, type), how);
        }
        return how;
    }

    /// One call: the body of its task and, of a void method, the link that takes its failure. One object for both, since
    /// there is one for every call.
    ///
    /// What fails in the caller itself, which runs the body or has no thread for it, is told to the handler only when the
    /// spawn has returned: if it throws, the failure is the caller's.
    private static final class Call implements Callable<@Nullable Object>, Consumer<GreenThread<?>> {

        /// What has become of it in the caller.
        private enum Here {
            BEGUN, FAILED
        }

        private final GreenAsyncCall how;
        private final MethodInvocation invocation;

        /// The caller while it spawns, then what has become of the call there. Others read it unordered: they need but see
        /// that it is not their own thread.
        private @Nullable Object here = Thread.currentThread();

        Call(GreenAsyncCall how, MethodInvocation invocation) {
            this.how = how;
            this.invocation = invocation;
        }

        /// Returns what the caller gets.
        @Nullable Object spawn() {
            GreenPool pool = how.pool();
            try {
                return switch (how.method().kind()) {
                    case VOID -> {
                        GreenThread<?> task = pool.spawn(this, how.options(), this);
                        if (here == Here.FAILED) {
                            here = null;
                            task.link(this); // it has ended: called here and now
                        }
                        yield null;
                    }
                    case STAGE -> pool.spawnFuture(this, how.options());
                    default -> pool.spawn(this, how.options());
                };
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted(pool, e);
            } finally {
                here = null; // a task that runs long must not keep its caller in memory
            }
        }

        @Override
        public @Nullable Object call() throws Exception {
            if (isInCaller()) {
                here = Here.BEGUN;
            }
            return InnerResult.await(proceed(invocation));
        }

        @Override
        public void accept(GreenThread<?> ended) {
            if (ended.state() != Future.State.FAILED) {
                return;
            }
            if (isInCaller()) {
                here = Here.FAILED;
            } else {
                how.failures().get().handleUncaughtException(ended.exceptionNow(), how.method().method(),
                        invocation.getArguments());
            }
        }

        /// Whether the calling thread is the caller, in its spawn.
        private boolean isInCaller() {
            Object seen = here;
            return seen == Here.BEGUN || Thread.currentThread().equals(seen);
        }

        /// What a caller gets that was interrupted in line, or while it ran the call itself.
        private RuntimeException interrupted(GreenPool pool, InterruptedException e) {
            String state = " (size=" + pool.size() + ", running=" + pool.running() + ", waiting=" + pool.waiting()
                    + ')';
            RuntimeException interrupted = here instanceof Here
                    ? new CancellationException(pool + ": interrupted while the caller ran the task itself" + state)
                    : new RejectedSubmission(pool + ": interrupted while waiting for a slot" + state);
            interrupted.initCause(e);
            return interrupted;
        }
    }

    private static @Nullable Object proceed(MethodInvocation invocation) throws Exception {
        try {
            return invocation.proceed();
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new UndeclaredThrowableException(e);
        }
    }

    // ---- Mono, Flux

    /// Apart, so that the rest works without Reactor.
    private static final class Reactive {

        static Object mono(GreenAsyncCall how, MethodInvocation invocation) {
            return flux(how, invocation).singleOrEmpty();
        }

        /// Every subscription calls the method anew.
        @SuppressWarnings("unchecked") // the method's return type says so
        static Flux<Object> flux(GreenAsyncCall how, MethodInvocation invocation) {
            ProxyMethodInvocation call = (ProxyMethodInvocation) invocation;
            return GreenReactor.defer(how.pool(), how.options(),
                    () -> (Publisher<Object>) proceed(call.invocableClone()));
        }
    }
}
