/// Looking into hubs while they run.
///
/// [io.greenlet.debug.HubDebug] prints who lives on a hub, as a tree by spawner, and names who does not let go of it.
/// What it prints comes from [io.greenlet.Hub#snapshot()] and [io.greenlet.Hub#greenThreads()], which programs read.
@NullMarked
package io.greenlet.debug;

import org.jspecify.annotations.NullMarked;
