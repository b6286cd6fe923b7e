package io.greenlet;

import org.jspecify.annotations.Nullable;

/// Makes the virtual threads that green threads live in.
///
/// They inherit no inheritable thread-locals: a pool's next task is often started by the one that ends, whose values
/// would be the wrong ones. Context travels by decorators. The context class loader is the spawner's.
final class VirtualThreads {

    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();

    private VirtualThreads() {}

    /// A virtual thread on the JDK's own scheduler, wherever this is called.
    static Thread unstarted(String name, @Nullable ClassLoader contextClassLoader, Runnable body) {
        Thread thread = Thread.ofVirtual().name(name).inheritInheritableThreadLocals(false).unstarted(body);
        if (!SYSTEM.equals(contextClassLoader)) { // that is what a thread that inherits nothing has
            thread.setContextClassLoader(contextClassLoader);
        }
        return thread;
    }
}
