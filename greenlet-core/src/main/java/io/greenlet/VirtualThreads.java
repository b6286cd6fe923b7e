package io.greenlet;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Makes the virtual threads that green threads live in.
///
/// They inherit no inheritable thread-locals: a pool's next task is often started by the one that ends, whose values
/// would be the wrong ones. Context travels by decorators. The context class loader is the spawner's.
///
/// Where the package `java.lang` is open to greenlet, a virtual thread may have a scheduler of ours. That takes what JDK
/// 25 does not publish, all of it in [Access]. A virtual thread's children inherit its scheduler, so there those for the
/// JDK's own scheduler are told so.
final class VirtualThreads {

    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();
    private static final @Nullable Access ACCESS = Access.find();

    private VirtualThreads() {}

    /// Whether this JVM lets a virtual thread have a scheduler of ours, as far as one can see without a trial.
    static boolean areSchedulable() {
        return ACCESS != null;
    }

    /// A virtual thread on the JDK's own scheduler, wherever this is called.
    static Thread unstarted(String name, @Nullable ClassLoader contextClassLoader, Runnable body) {
        Access access = ACCESS;
        if (access == null || !Thread.currentThread().isVirtual()) {
            return unstarted(Thread.ofVirtual(), name, contextClassLoader, body);
        }
        return unstarted(access.builder(access.jdks), name, contextClassLoader, body);
    }

    /// A virtual thread that runs wherever the scheduler runs what it is given: always the same [Runnable], whenever the
    /// thread is ready. Children that the thread starts have the same scheduler.
    ///
    /// @throws IllegalStateException if threads are not [#areSchedulable()]
    static Thread unstarted(Executor scheduler, String name, @Nullable ClassLoader contextClassLoader, Runnable body) {
        return unstarted(access().builder(scheduler), name, contextClassLoader, body);
    }

    private static Thread unstarted(Thread.Builder.OfVirtual builder, String name,
            @Nullable ClassLoader contextClassLoader, Runnable body) {
        Thread thread = builder.name(name).inheritInheritableThreadLocals(false).unstarted(body);
        if (!SYSTEM.equals(contextClassLoader)) { // that is what a thread that inherits nothing has
            thread.setContextClassLoader(contextClassLoader);
        }
        return thread;
    }

    /// The platform thread that runs a virtual thread at this moment, or null if none does. Certain only for the calling
    /// thread, which is running.
    ///
    /// @throws IllegalStateException if threads are not [#areSchedulable()]
    static @Nullable Thread carrierOf(Thread virtual) {
        return access().carrierOf(virtual);
    }

    /// The scheduler of a virtual thread: its own, or that of the one that started it.
    ///
    /// @throws IllegalStateException if threads are not [#areSchedulable()]
    static Executor schedulerOf(Thread virtual) {
        return access().schedulerOf(virtual);
    }

    /// Makes the calling virtual thread keep its carrier, also while it is parked, until [#unpin(Thread)]. For a few
    /// instructions.
    ///
    /// @throws IllegalStateException if threads are not [#areSchedulable()]
    static void pin(Thread current) {
        access().pin(current);
    }

    /// Ends what [#pin(Thread)] began, as often as that was called.
    static void unpin(Thread current) {
        access().unpin(current);
    }

    private static Access access() {
        Access access = ACCESS;
        if (access == null) {
            throw new IllegalStateException("package java.lang must be open to " + VirtualThreads.class.getModule()
                    + " (--add-opens java.base/java.lang=ALL-UNNAMED)");
        }
        return access;
    }

    /// The JDK's unpublished ways, of JDK 25.
    ///
    /// The carrier is read from the virtual thread's volatile field: `Thread.currentCarrierThread()` is an intrinsic that
    /// the compiler may carry across a yield, where it is wrong.
    ///
    /// @param jdks the JDK's own scheduler
    /// @param builder (Executor) -> Thread.Builder.OfVirtual
    /// @param carrier (Thread) -> Thread
    /// @param scheduler (Thread) -> Executor
    /// @param pin (Thread) -> void
    /// @param unpin (Thread) -> void
    private record Access(Executor jdks, MethodHandle builder, MethodHandle carrier, MethodHandle scheduler,
            MethodHandle pin, MethodHandle unpin) { // a record: the compiler trusts its fields to be constant

        /// Null where the JVM does not let us, or the JDK is another one.
        static @Nullable Access find() {
            if (!Object.class.getModule().isOpen("java.lang", VirtualThreads.class.getModule())) {
                return null;
            }
            try {
                return of(Thread.ofVirtual().getClass(), Class.forName("java.lang.VirtualThread"));
            } catch (Throwable other) {
                System.getLogger("io.greenlet").log(System.Logger.Level.DEBUG,
                        "virtual threads cannot have a scheduler of ours here", other);
                return null;
            }
        }

        private static Access of(Class<?> builderType, Class<?> threadType) throws Throwable {
            MethodHandles.Lookup builders = MethodHandles.privateLookupIn(builderType, MethodHandles.lookup());
            MethodHandles.Lookup threads = MethodHandles.privateLookupIn(threadType, MethodHandles.lookup());
            MethodHandle jdks = threads.findStatic(threadType, "defaultScheduler",
                    MethodType.methodType(Executor.class));
            MethodHandle builder = builders.findConstructor(builderType,
                    MethodType.methodType(void.class, Executor.class));
            MethodHandle carrier = threads.findGetter(threadType, "carrierThread", Thread.class);
            MethodHandle scheduler = threads.findGetter(threadType, "scheduler", Executor.class);
            MethodType action = MethodType.methodType(void.class);
            MethodHandle pin = threads.findVirtual(threadType, "disableSuspendAndPreempt", action);
            MethodHandle unpin = threads.findVirtual(threadType, "enableSuspendAndPreempt", action);
            return new Access((Executor) jdks.invoke(),
                    builder.asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class)),
                    carrier.asType(MethodType.methodType(Thread.class, Thread.class)),
                    scheduler.asType(MethodType.methodType(Executor.class, Thread.class)),
                    pin.asType(MethodType.methodType(void.class, Thread.class)),
                    unpin.asType(MethodType.methodType(void.class, Thread.class)));
        }

        Thread.Builder.OfVirtual builder(Executor scheduler) {
            try {
                return (Thread.Builder.OfVirtual) builder.invokeExact(scheduler);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }

        @Nullable Thread carrierOf(Thread virtual) {
            try {
                return (Thread) carrier.invokeExact(virtual);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }

        Executor schedulerOf(Thread virtual) {
            try {
                return (Executor) scheduler.invokeExact(virtual);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }

        void pin(Thread current) {
            try {
                pin.invokeExact(current);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }

        void unpin(Thread current) {
            try {
                unpin.invokeExact(current);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }

        private static RuntimeException unchecked(Throwable e) {
            return switch (e) {
                case Error error -> throw error;
                case RuntimeException exception -> exception;
                default -> new IllegalStateException(e);
            };
        }
    }
}
