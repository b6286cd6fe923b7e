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
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
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
    private final Map<MethodClassKey, GreenAsyncCall> calls = new ConcurrentHashMap<>();

    GreenAsyncInterceptor(GreenAsyncMethods methods, GreenAsyncPools pools, GreenAsyncTimeouts timeouts,
            Supplier<AsyncUncaughtExceptionHandler> failures) {
        this.methods = methods;
        this.pools = pools;
        this.timeouts = timeouts;
        this.failures = failures;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Class<?> target = AopUtils.getTargetClass(Objects.requireNonNull(invocation.getThis(), "target"));
        GreenAsyncCall call = calls.get(new MethodClassKey(invocation.getMethod(), target));
        if (call == null) {
            call = read(invocation.getMethod(), target);
            if (call == null) {
                return invocation.proceed();
            }
        }
        return switch (call.method().kind()) {
            case VOID -> detached(spawn(call, invocation), call.method(), invocation.getArguments());
            case HANDLE -> spawn(call, invocation);
            case STAGE -> spawn(call, invocation).toCompletableFuture();
            case MONO -> Reactive.mono(call, invocation);
            case FLUX -> Reactive.flux(call, invocation);
        };
    }

    /// Looks a method up, once for every class that has it.
    private @Nullable GreenAsyncCall read(Method called, Class<?> target) {
        GreenAsyncMethod method = methods.find(called, target);
        if (method == null) {
            return null;
        }
        TaskOptions options = TaskOptions.describedAs(target.getSimpleName() + '.' + method.method().getName())
                .withTimeout(timeouts.of(method));
        GreenAsyncCall call = new GreenAsyncCall(method, pools.of(method), options);
        calls.put(new MethodClassKey(called, target), call);
        return call;
    }

    private static GreenThread<@Nullable Object> spawn(GreenAsyncCall how, MethodInvocation invocation) {
        Call call = new Call(invocation);
        try {
            return how.pool().spawn(call, how.options());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw call.interrupted(how.pool(), e);
        }
    }

    /// A call as the body of a task.
    private static final class Call implements Callable<@Nullable Object> {

        private final MethodInvocation invocation;
        private volatile boolean begun;

        Call(MethodInvocation invocation) {
            this.invocation = invocation;
        }

        @Override
        public @Nullable Object call() throws Exception {
            begun = true;
            return InnerResult.await(proceed(invocation));
        }

        /// What a caller gets that was interrupted in line, or while it ran the call itself.
        RuntimeException interrupted(GreenPool pool, InterruptedException e) {
            String state = " (size=" + pool.size() + ", running=" + pool.running() + ", waiting=" + pool.waiting()
                    + ')';
            RuntimeException interrupted = begun
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

    // ---- void

    private @Nullable Object detached(GreenThread<@Nullable Object> thread, GreenAsyncMethod method,
            @Nullable Object[] arguments) {
        thread.link(ended -> {
            if (ended.state() == Future.State.FAILED) {
                failures.get().handleUncaughtException(ended.exceptionNow(), method.method(), arguments);
            }
        });
        return null;
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
