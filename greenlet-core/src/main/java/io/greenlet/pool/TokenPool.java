package io.greenlet.pool;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A [ResourcePool] of tokens: leave to do something, for at most [#size()] at a time, where leave is passed from hand to
/// hand and whoever has it can prove it. Where nobody needs the token, a semaphore is simpler.
///
/// Fairness, interruption, thread safety and memory effects are those of the resource pool.
///
/// eventlet: `TokenPool`.
public final class TokenPool implements AutoCloseable {

    /// Leave to do something, while it is out of its pool.
    public static final class Token {

        private final int number;

        private Token(int number) {
            this.number = number;
        }

        @Override
        public String toString() {
            return "token " + number;
        }
    }

    private final ResourcePool<Token> tokens;
    private final AtomicInteger made = new AtomicInteger();

    /// A pool of four tokens. eventlet: `TokenPool()`.
    public TokenPool() {
        this(ResourceOptions.DEFAULT_SIZE);
    }

    /// A pool of tokens. eventlet: `TokenPool(size)`.
    ///
    /// @param size how many tokens there are; 0 is legal: takers wait for a resize
    /// @throws IllegalArgumentException if the size is negative
    public TokenPool(int size) {
        this(ResourceOptions.<Token>named("tokens").withSize(size));
    }

    private TokenPool(ResourceOptions<? super Token> options) {
        tokens = ResourcePool.of(options, () -> new Token(made.incrementAndGet()));
    }

    /// Makes a pool of tokens.
    ///
    /// @param options how
    /// @return a new pool
    public static TokenPool of(ResourceOptions<? super Token> options) {
        return new TokenPool(options);
    }

    /// Returns the name.
    ///
    /// @return the name
    public String name() {
        return tokens.name();
    }

    /// Returns how many tokens there are.
    ///
    /// @return zero or more
    public int size() {
        return tokens.size();
    }

    /// Returns how many could be taken at this moment. eventlet: `free`.
    ///
    /// @return `size - inUse`; negative after a shrink until enough came back
    public int free() {
        return tokens.free();
    }

    /// Returns how many are out.
    ///
    /// @return zero or more
    public int inUse() {
        return tokens.inUse();
    }

    /// Returns how many takers stand in line. eventlet: `waiting`.
    ///
    /// @return the length of the line
    public int waiting() {
        return tokens.waiting();
    }

    /// Returns the pool's figures at this moment.
    ///
    /// @return a snapshot
    public ResourceSnapshot snapshot() {
        return tokens.snapshot();
    }

    /// Sets another number of tokens; see [ResourcePool#resize(int)].
    ///
    /// @param newSize how many tokens there are from now on
    /// @throws IllegalArgumentException if the size is negative; nothing is changed then
    public void resize(int newSize) {
        tokens.resize(newSize);
    }

    /// Takes a token, waiting in line at most for [ResourceOptions#maxWait()]. eventlet: `get`.
    ///
    /// @return a token that nobody else has
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws InterruptedException if the caller is interrupted in line
    public Token take() throws InterruptedException {
        return tokens.take();
    }

    /// Takes a token, waiting in line at most for some time; zero or less does not wait.
    ///
    /// @param wait the longest wait
    /// @return a token that nobody else has
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws InterruptedException if the caller is interrupted in line
    public Token take(Duration wait) throws InterruptedException {
        return tokens.take(wait);
    }

    /// Takes a token if there is one, without waiting.
    ///
    /// @return a token that nobody else has, or nothing
    /// @throws ResourceUnavailable if the pool is closed
    /// @throws InterruptedException never, unless the options have a check that throws it
    public Optional<Token> tryTake() throws InterruptedException {
        return tokens.tryTake();
    }

    /// Takes a token as [#take()] does, for a `try`. eventlet: `item`.
    ///
    /// @return what gives it back when it is closed
    /// @throws ResourceUnavailable if there is none within [ResourceOptions#maxWait()], or the pool is closed
    /// @throws InterruptedException if the caller is interrupted in line
    public Lease<Token> lease() throws InterruptedException {
        return tokens.lease();
    }

    /// Takes a token as [#take(Duration)] does, for a `try`.
    ///
    /// @param wait the longest wait
    /// @return what gives it back when it is closed
    /// @throws ResourceUnavailable if there is none in that time, or the pool is closed
    /// @throws InterruptedException if the caller is interrupted in line
    public Lease<Token> lease(Duration wait) throws InterruptedException {
        return tokens.lease(wait);
    }

    /// Gives a token back. eventlet: `put`.
    ///
    /// @param token a token that was taken and not given back since
    /// @throws IllegalArgumentException if it is none of this pool's; nothing is changed then
    /// @throws IllegalStateException if it has been given back already; nothing is changed then
    public void give(Token token) {
        tokens.give(token);
    }

    /// Closes the pool: takers, those in line included, get a [ResourceUnavailable]. Waits for nobody.
    @Override
    public void close() {
        tokens.close();
    }

    /// Closes the pool, and waits until every token has come back.
    ///
    /// @param grace the longest wait; zero or less does not wait
    /// @return whether they had within that time
    /// @throws InterruptedException if the caller is interrupted while it waits; the pool stays closed
    public boolean close(Duration grace) throws InterruptedException {
        return tokens.close(grace);
    }

    @Override
    public String toString() {
        return tokens.toString();
    }
}
