package io.greenlet;

/// A hub at one moment.
///
/// @param name the hub's name
/// @param greensJdkBlocking whether JDK blocking calls let other green threads of the hub run
/// @param greenThreads green threads handed in and not ended: running, about to, or in a pool's line
/// @param timers timers pending
public record HubSnapshot(String name, boolean greensJdkBlocking, int greenThreads, int timers) {}
