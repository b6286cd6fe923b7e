package io.greenlet.pool;

import io.greenlet.simulation.Workload;
import io.greenlet.sync.GreenEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Maps, ordered and not, consumed to the end or closed on the way, by consumers that are interrupted and share the pool
/// with others, while it is resized.
public final class MapWorkload extends Workload {

    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int number;

        Failed(int number) {
            super("failed " + number, null, false, false);
            this.number = number;
        }
    }

    private GreenPool pool = new GreenPool(0);
    private final List<Consumer> consumers = new ArrayList<>();
    private int inside;
    private int most;

    /// For loading by name.
    public MapWorkload() {}

    @Override
    protected void prepare() {
        consumers.clear();
        inside = 0;
        most = 1 + random(3);
        pool = GreenPool.of(PoolOptions.named("map").withHub(hub()).withSize(most));
        int maps = 1 + random(2);
        for (int i = 0; i < maps; i++) {
            Consumer consumer = new Consumer();
            consumers.add(consumer);
            actor(30, consumer::step);
        }
        helper(this::disturb);
    }

    private void disturb() throws InterruptedException {
        for (int i = random(3); i > 0; i--) {
            dawdle();
            if (chance(2)) {
                actors().get(random(actors().size())).kill();
            } else {
                int size = 1 + random(3);
                most = Math.max(most, size);
                pool.resize(size);
            }
        }
    }

    /// One map and what came of it.
    private final class Consumer {

        private final boolean ordered = chance(2);
        private final int items = random(20);
        private final int parallel = chance(2) ? 1 + random(3) : Integer.MAX_VALUE;
        private final int closeAfter = chance(2) ? random(6) : Integer.MAX_VALUE;
        private final int failing = random(10);
        private final List<Integer> got = new ArrayList<>();
        private @Nullable Stream<Integer> stream;
        private @Nullable Iterator<Integer> results;
        private int pulled;
        private int running;
        private boolean closed;
        private boolean atEnd;

        void step() throws InterruptedException {
            if (results == null) {
                open();
            } else if (closed || atEnd) {
                dawdle();
            } else if (got.size() >= closeAfter) {
                close();
            } else {
                next();
            }
        }

        private void open() {
            Function<Integer, Integer> function = this::call;
            Iterable<Integer> source = () -> IntStream.range(0, items).peek(_ -> pulled++).iterator();
            stream = ordered ? pool.imap(function, source, parallel) : pool.imapUnordered(function, source, parallel);
            results = stream.iterator();
        }

        private Integer call(Integer item) {
            inside++;
            running++;
            rule(inside <= most, "more inside than there are slots: " + inside);
            rule(running <= parallel, "more at once than it may: " + running);
            try {
                if (item > closeAfter) {
                    new GreenEvent<>().await(); // until it is killed by the close
                }
                dawdle();
                dawdle();
                if (item == failing) {
                    throw new Failed(item);
                }
                return item;
            } catch (InterruptedException e) {
                rule(closed, "interrupted and not closed");
                throw new CancellationException();
            } finally {
                inside--;
                running--;
            }
        }

        private void next() {
            Iterator<Integer> mine = Objects.requireNonNull(results);
            try {
                got.add(mine.next());
            } catch (Failed e) {
                got.add(e.number);
            } catch (NoSuchElementException e) {
                atEnd = true;
            } catch (CancellationException e) {
                rule(Thread.interrupted(), "cancelled without a flag");
            }
            int size = Math.max(most, 1);
            rule(pulled - got.size() <= 4 * size + 1, "pulled " + pulled + ", consumed " + got.size());
        }

        private void close() {
            closed = true;
            Objects.requireNonNull(stream).close();
        }

        void check() {
            rule(got.stream().distinct().count() == got.size(), "twice: " + got);
            if (ordered) {
                rule(got.equals(IntStream.range(0, got.size()).boxed().toList()), "out of order: " + got);
            }
            if (atEnd) {
                rule(got.size() == items, "ended after " + got.size() + " of " + items);
            }
        }
    }

    @Override
    protected void settle() {
        for (Consumer consumer : consumers) {
            helper(() -> {
                while (consumer.results != null && !consumer.atEnd && !consumer.closed) {
                    consumer.step();
                }
            });
        }
    }

    @Override
    protected void check() {
        rule(pool.running() == 0 && pool.waiting() == 0, "the pool is not at rest: " + pool.snapshot());
        rule(inside == 0, "still inside");
        consumers.forEach(Consumer::check);
    }
}
