package io.greenlet.pool;

import io.greenlet.Hub;
import io.greenlet.pool.ResourceGrant.Closed;
import io.greenlet.pool.ResourceGrant.Expired;
import io.greenlet.pool.ResourceGrant.Nothing;
import io.greenlet.pool.ResourceGrant.Ready;
import io.greenlet.pool.ResourceGrant.Room;
import io.greenlet.pool.ResourceGrant.Unchecked;
import io.greenlet.pool.ResourceStore.Entry;
import io.greenlet.pool.ResourceStore.Place;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// Things that are dear to make, at most [#size()] of them, each used by one at a time: connections, parsers, native
/// handles.
///
/// ```java
/// try (Lease<Connection> lease = pool.lease()) { // waits for one in line
///     lease.resource().use();
/// } // and gives it back
/// ```
///
/// A taker gets an idle one; if there is none and room for one more, it makes one; else it stands in line. For JDBC
/// connections there are pools that know more of them, such as HikariCP: put a [GreenPool] in front of that.
///
/// **Fairness.** First come, first served: what comes back goes straight to the first in line, and a newcomer never
/// overtakes.
///
/// **Failure.** Who fails to make one gets the factory's exception, and its room goes to the first in line, who tries in
/// its turn (eventlet's waiters are forgotten then). A resource that is not healthy, or whose cleanup failed, is destroyed.
/// What the hooks throw reaches the [Hub#failureHandler()], never the caller.
///
/// **Interruption.** A taker interrupted in line leaves it; what was handed to it at that very moment goes to the next. An
/// interrupt while one is made or checked ends that if it heeds interrupts, and room and resource are not lost. Cleanup and
/// end of a resource are not disturbed by the caller's interrupt flag, which stays as it is.
///
/// **The number holds**: those being made and being destroyed included, there are never more than the size; after a shrink
/// there are until enough came back.
/// Nothing is replaced in the background: what has grown too old or broken is made anew when a taker needs it.
///
/// Thread safety: any thread may call any method, and give back what another has taken. Memory effects: what was done
/// before a `give` happens-before the return of the `take` that hands the resource out next.
///
/// eventlet: `pools.Pool`, and what is not for databases only in `db_pool`.
///
/// @param <T> what is pooled; told apart by identity
public final class ResourcePool<T> implements AutoCloseable {

    private final ResourceOptions<? super T> options;
    private final Callable<? extends T> factory;
    private final ResourceStore<T> store;

    /// A pool on the parallel hub. eventlet: `Pool(max_size=size, create=factory)`.
    ///
    /// @param size how many resources there may be at once; 0 is legal: takers wait for a resize
    /// @param factory makes a resource, in the thread of a taker; it may block
    /// @throws IllegalArgumentException if the size is negative
    public ResourcePool(int size, Callable<? extends T> factory) {
        this(ResourceOptions.<T>named("resources").withSize(size), factory);
    }

    private ResourcePool(ResourceOptions<? super T> options, Callable<? extends T> factory) {
        this.options = Objects.requireNonNull(options, "options");
        this.factory = Objects.requireNonNull(factory, "factory");
        store = new ResourceStore<>(options, this::expire);
    }

    /// Makes a pool, and in the calling thread the [ResourceOptions#minSize()] resources that it always has.
    ///
    /// @param options how
    /// @param factory makes a resource, in the thread of a taker; it may block
    /// @param <T> what is pooled
    /// @return a new pool
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is. What
    ///     was made before is destroyed
    /// @throws CancellationException if the caller is interrupted meanwhile; its flag is set then
    public static <T> ResourcePool<T> of(ResourceOptions<? super T> options, Callable<? extends T> factory) {
        ResourcePool<T> pool = new ResourcePool<>(options, factory);
        pool.makeFirst();
        return pool;
    }

    private void makeFirst() {
        List<T> first = new ArrayList<>();
        try {
            while (first.size() < options.minSize()) {
                first.add(open(store.take(null)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException interrupted = new CancellationException("interrupted while making " + this);
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            if (first.size() < options.minSize()) {
                store.close();
            }
            first.forEach(this::handOn);
        }
    }

    // ---- how it stands

    /// Returns the name.
    ///
    /// @return the name
    public String name() {
        return options.name();
    }

    /// Returns how many resources there may be at once. eventlet: `max_size`.
    ///
    /// @return zero or more
    public int size() {
        return snapshot().size();
    }

    /// Returns how many more could be taken at this moment: idle ones, and room for new ones. eventlet: `free`.
    ///
    /// @return `size - inUse`; negative after a shrink until enough came back
    public int free() {
        return snapshot().free();
    }

    /// Returns how many are handed out, being made, being cleaned or being destroyed.
    ///
    /// @return zero or more
    public int inUse() {
        return snapshot().inUse();
    }

    /// Returns how many takers stand in line. eventlet: `waiting`.
    ///
    /// @return the length of the line
    public int waiting() {
        return snapshot().waiting();
    }

    /// Returns the pool's figures at this moment.
    ///
    /// @return a snapshot
    public ResourceSnapshot snapshot() {
        return store.snapshot();
    }

    /// Sets another size. Growing lets exactly as many in line go on as there is new room. Shrinking destroys idle ones in
    /// excess, in the calling thread, and waits for nobody: those in use are destroyed when they come back. eventlet:
    /// `resize`, which wakes nobody.
    ///
    /// @param newSize how many resources there may be at once
    /// @throws IllegalArgumentException if the size is negative; nothing is changed then
    public void resize(int newSize) {
        PoolOptions.requireSize(newSize);
        store.resize(newSize).forEach(this::end);
    }

    // ---- taking

    /// Takes a resource, waiting in line at most for [ResourceOptions#maxWait()]. Give it back by [#give(Object)], or
    /// destroy it by [#discard(Object)]. eventlet: `get`.
    ///
    /// @return a resource for the caller alone
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is
    /// @throws InterruptedException if the caller is interrupted in line, or while the resource is made or checked
    public T take() throws InterruptedException {
        Duration maxWait = options.maxWait();
        return take(maxWait == null ? Waiter.FOREVER : nanos(maxWait));
    }

    /// Takes a resource, waiting in line at most for some time; zero or less does not wait. The time is for the line:
    /// making or checking one is not ended by it.
    ///
    /// @param wait the longest wait
    /// @return a resource for the caller alone
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is
    /// @throws InterruptedException if the caller is interrupted in line, or while the resource is made or checked
    public T take(Duration wait) throws InterruptedException {
        return take(nanos(Objects.requireNonNull(wait, "wait")));
    }

    private T take(long nanos) throws InterruptedException {
        ResourceGrant<T> grant = store.take(null);
        if (grant instanceof Nothing && nanos > 0) {
            Place place = new Place(options.hub().nanoTime());
            grant = store.take(place);
            if (grant instanceof Nothing) {
                grant = await(place, nanos);
            }
        }
        if (grant instanceof Nothing) {
            store.countTimedOut();
            throw refusal("no resource after " + TimeUnit.NANOSECONDS.toMillis(Math.max(nanos, 0)) + " ms");
        }
        return open(grant);
    }

    /// Takes a resource if one is idle or there is room for a new one, without standing in line. Making or checking it may
    /// block.
    ///
    /// @return a resource for the caller alone, or nothing
    /// @throws ResourceUnavailable if the pool is closed
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is
    /// @throws InterruptedException if the caller is interrupted while the resource is made or checked
    public Optional<T> tryTake() throws InterruptedException {
        ResourceGrant<T> grant = store.take(null);
        return grant instanceof Nothing ? Optional.empty() : Optional.of(open(grant));
    }

    /// Takes a resource as [#take()] does, for a `try`. eventlet: `item`.
    ///
    /// @return what gives it back when it is closed
    /// @throws ResourceUnavailable if there is none within [ResourceOptions#maxWait()], or the pool is closed
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is
    /// @throws InterruptedException if the caller is interrupted in line, or while the resource is made or checked
    public Lease<T> lease() throws InterruptedException {
        return new Lease<>(this, take());
    }

    /// Takes a resource as [#take(Duration)] does, for a `try`.
    ///
    /// @param wait the longest wait
    /// @return what gives it back when it is closed
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws CompletionException if the factory throws a checked exception; an unchecked one is thrown as it is
    /// @throws InterruptedException if the caller is interrupted in line, or while the resource is made or checked
    public Lease<T> lease(Duration wait) throws InterruptedException {
        return new Lease<>(this, take(wait));
    }

    private ResourceGrant<T> await(Place place, long nanos) throws InterruptedException {
        try {
            @SuppressWarnings("unchecked") // places are given grants of this store
            ResourceGrant<T> given = (ResourceGrant<T>) place.waiter.await(this, nanos);
            return given != null ? given : store.leave(place);
        } catch (InterruptedException | RuntimeException | Error e) {
            passOn(store.leave(place));
            throw e;
        }
    }

    /// Returns what came too late for its taker.
    private void passOn(ResourceGrant<T> late) {
        switch (late) {
            case Ready(Entry<T> entry) -> handOn(entry.resource);
            case Room() -> store.returnRoom(false);
            case Nothing(),Closed() -> {
            }
            case Unchecked(Entry<T> _),Expired(Entry<T> _) -> throw new AssertionError("nobody in line gets " + late);
        }
    }

    /// Makes a resource of what was granted.
    private T open(ResourceGrant<T> granted) throws InterruptedException {
        ResourceGrant<T> grant = granted;
        for (;;) {
            switch (grant) {
                case Ready(Entry<T> entry) -> {
                    return entry.resource;
                }
                case Unchecked(Entry<T> entry) -> {
                    if (isHealthy(entry)) {
                        return entry.resource;
                    }
                    store.strike(entry);
                    destroy(entry);
                    grant = store.takeAfterEnd();
                }
                case Expired(Entry<T> entry) -> {
                    destroy(entry);
                    grant = store.takeAfterEnd();
                }
                case Room() -> {
                    return make();
                }
                case Closed() -> throw refusal("closed");
                case Nothing() -> throw new AssertionError("nothing was granted");
            }
        }
    }

    private boolean isHealthy(Entry<T> entry) throws InterruptedException {
        ResourceOptions.Check<? super T> check = Objects.requireNonNull(options.check());
        try {
            return check.test(entry.resource);
        } catch (InterruptedException | Error e) {
            store.strike(entry);
            end(entry);
            throw e;
        } catch (Exception e) {
            options.hub().failed("check of " + this, e);
            return false;
        }
    }

    private T make() throws InterruptedException {
        Entry<T> entry;
        ResourceStore.Registration registration = ResourceStore.Registration.DOUBLE;
        try {
            T made = Objects.requireNonNull(factory.call(), "factory of " + this + " must not return null");
            entry = new Entry<>(made, options.hub().nanoTime());
            registration = store.register(entry);
        } catch (InterruptedException | RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new CompletionException(e);
        } finally {
            if (registration == ResourceStore.Registration.DOUBLE) {
                store.returnRoom(true);
            }
        }
        return switch (registration) {
            case USED -> entry.resource;
            case CLOSED -> {
                end(entry);
                throw refusal("closed");
            }
            case DOUBLE -> throw new IllegalStateException(
                    "factory of " + this + " must make a new resource each time: " + entry.resource);
        };
    }

    // ---- giving back

    /// Gives a resource back that was taken: to the first in line, or to be idle; or, if it is too old, if its cleanup
    /// fails, or if the pool has shrunk or is closed, to be destroyed here and now. Waits for nobody. eventlet: `put`.
    ///
    /// @param resource a resource that was taken and neither given back nor discarded since
    /// @throws IllegalArgumentException if it is none of this pool's; nothing is changed then
    /// @throws IllegalStateException if it has been given back already; nothing is changed then
    public void give(T resource) {
        Entry<T> entry = claim(resource);
        ResourceOptions.Hook<? super T> cleanup = options.cleanup();
        boolean clean = cleanup == null || succeeds("cleanup", cleanup, resource);
        if (!clean) {
            store.strike(entry);
        }
        if (!clean || !store.putBack(entry)) {
            end(entry);
        }
    }

    /// Gives a resource back that is broken: it is destroyed here and now, and the first in line may make another one.
    ///
    /// @param resource a resource that was taken and neither given back nor discarded since
    /// @throws IllegalArgumentException if it is none of this pool's; nothing is changed then
    /// @throws IllegalStateException if it has been given back already; nothing is changed then
    public void discard(T resource) {
        Entry<T> entry = claim(resource);
        store.strike(entry);
        end(entry);
    }

    private Entry<T> claim(T resource) {
        Entry<T> entry = store.claim(Objects.requireNonNull(resource, "resource"));
        if (entry != null) {
            return entry;
        }
        if (store.contains(resource)) {
            throw new IllegalStateException("resource must be given back once to " + this + ": " + resource);
        }
        throw new IllegalArgumentException("resource must be one of " + this + ": " + resource);
    }

    /// Gives back what nobody has used, unless somebody has done so who had it before.
    private void handOn(T unused) {
        Entry<T> entry = store.claim(unused);
        if (entry != null && !store.putBack(entry)) {
            end(entry);
        }
    }

    private void end(Entry<T> entry) {
        destroy(entry);
        store.ended();
    }

    private void destroy(Entry<T> entry) {
        boolean _ = succeeds("destroy", options.destroy(), entry.resource);
    }

    /// Runs a hook, which the caller's interrupt flag is not to disturb, and never throws.
    private boolean succeeds(String what, ResourceOptions.Hook<? super T> hook, T resource) {
        boolean interrupted = Thread.interrupted();
        try {
            hook.accept(resource);
            return true;
        } catch (Throwable e) {
            interrupted |= e instanceof InterruptedException;
            options.hub().failed(what + " of " + this, e);
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void expire(long timerNumber) {
        store.expire(timerNumber).forEach(this::end);
    }

    // ---- ending

    /// Destroys what is idle, in the calling thread. eventlet: `clear`.
    public void clear() {
        store.clear().forEach(this::end);
    }

    /// Closes the pool: takers, those in line included, get a [ResourceUnavailable]; what is idle is destroyed, in the
    /// calling thread, and what is in use when it is given back. Waits for nobody. Closing again does no harm.
    @Override
    public void close() {
        store.close().forEach(this::end);
    }

    /// Closes the pool as [#close()] does, and waits until every resource has come back and is destroyed.
    ///
    /// @param grace the longest wait; zero or less does not wait
    /// @return whether that was so within that time
    /// @throws InterruptedException if the caller is interrupted while it waits; the pool stays closed
    public boolean close(Duration grace) throws InterruptedException {
        long nanos = nanos(Objects.requireNonNull(grace, "grace"));
        close();
        return store.awaitEmpty(this, nanos);
    }

    private ResourceUnavailable refusal(String why) {
        ResourceSnapshot now = snapshot();
        return new ResourceUnavailable(this + ": " + why + " (size=" + now.size() + ", free=" + now.free() + ", inUse="
                + now.inUse() + ", waiting=" + now.waiting() + ')');
    }

    private static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    @Override
    public String toString() {
        return "pool '" + name() + "'";
    }
}
