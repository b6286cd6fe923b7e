package io.greenlet.pool;

/// Whether this runtime has a Flight Recorder.
final class Recorder {

    /// Who hears of pools in this JVM.
    static final PoolEvents EVENTS = isThere() ? new FlightRecorderEvents() : new PoolEvents.Nobody();

    private Recorder() {}

    private static boolean isThere() {
        try {
            Class<?> _ = Class.forName("jdk.jfr.Event");
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
