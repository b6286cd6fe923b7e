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
import reactor.core.publisher.Flux;

/// Runs a call in the method's pool and gives the caller a handle of the kind that the method declares.
final class GreenAsyncInterceptor implements MethodInterceptor {

    private final GreenAsyncMethods methods;
    private final GreenAsyncPools pools;
    private final GreenAsyncTimeouts timeouts;
    private final Supplier<AsyncUncaughtExceptionHandler> failures;
    private final Map<Class<?>, Map<Method, GreenAsyncCall>> calls = new ConcurrentHashMap<>();

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
            case VOID -> detached(new Call(how, invocation));
            case HANDLE -> new Call(how, invocation).spawn();
            case STAGE -> new Call(how, invocation).spawn().toCompletableFuture();
            case MONO -> Reactive.mono(how, invocation);
            case FLUX -> Reactive.flux(how, invocation);
        };
    }

    private static @Nullable Object detached(Call call) {
        call.spawn().link(call);
        return null;
    }

    /// How to run a call. Two lookups, since a key of both would be one more object for every call.
    private @Nullable GreenAsyncCall how(MethodInvocation invocation) {
        Object bean = Objects.requireNonNull(invocation.getThis(), "target");
        Class<?> type = bean instanceof TargetClassAware ? AopUtils.getTargetClass(bean) : bean.getClass();
        Map<Method, GreenAsyncCall> ofType = calls.get(type);
        GreenAsyncCall known = ofType == null ? null : ofType.get(invocation.getMethod());
        return known == null ? read(invocation.getMethod(), AopUtils.getTargetClass(bean), type) : known;
    }

    /// Looks a method up, once for every class that has it.
    private @Nullable GreenAsyncCall read(Method called, Class<?> target, Class<?> type) {
        GreenAsyncMethod method = methods.find(called, target);
        if (method == null) {
            return null;
        }
        TaskOptions options = TaskOptions.describedAs(target.getSimpleName() + '.' + method.method().getName())
                .withTimeout(timeouts.of(method));
        GreenAsyncCall how = new GreenAsyncCall(method, pools.of(method), options, failures);
        calls.computeIfAbsent(type, _ -> new ConcurrentHashMap<>()).put(called, how);
        return how;
    }

    /// One call: the body of its task and, of a void method, the link that takes its failure. One object for both, since
    /// there is one for every call.
    private static final class Call implements Callable<@Nullable Object>, Consumer<GreenThread<?>> {

        private final GreenAsyncCall how;
        private final MethodInvocation invocation;
        private boolean begun; // of the thread that runs it; for the caller, if it is that

        Call(GreenAsyncCall how, MethodInvocation invocation) {
            this.how = how;
            this.invocation = invocation;
        }

        GreenThread<@Nullable Object> spawn() {
            try {
                return how.pool().spawn(this, how.options());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted(how.pool(), e);
            }
        }

        @Override
        public @Nullable Object call() throws Exception {
            begun = true;
            return InnerResult.await(proceed(invocation));
        }

        @Override
        public void accept(GreenThread<?> ended) {
            if (ended.state() == Future.State.FAILED) {
                how.failures().get().handleUncaughtException(ended.exceptionNow(), how.method().method(),
                        invocation.getArguments());
            }
        }

        /// What a caller gets that was interrupted in line, or while it ran the call itself.
        private RuntimeException interrupted(GreenPool pool, InterruptedException e) {
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
