/// Green threads: hubs, bounded pools, events, queues, sockets. JDK only; the annotations are needed at compile time alone.
///
/// `io.greenlet.waiting`, the wait list under every primitive, stays inside the module.
module io.greenlet {
    requires static org.jspecify;
    requires static jdk.jfr;
    requires static com.google.errorprone.annotations;

    uses io.greenlet.SpawnSiteFilter;

    exports io.greenlet;
    exports io.greenlet.debug;
    exports io.greenlet.net;
    exports io.greenlet.periodic;
    exports io.greenlet.pool;
    exports io.greenlet.sync;
}
