package io.greenlet;

/// A hub at one moment.
///
/// @param name the hub's name
/// @param greensJdkBlocking whether JDK blocking calls let other green threads of the hub run
/// @param timers timers pending
public record HubSnapshot(String name, boolean greensJdkBlocking, int timers) {}
