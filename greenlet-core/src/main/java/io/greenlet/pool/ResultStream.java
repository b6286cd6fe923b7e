package io.greenlet.pool;

import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collector;
import java.util.stream.DoubleStream;
import java.util.stream.Gatherer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// The JDK's stream over an iterator, but for [#iterator()]: that is the iterator itself.
///
/// The JDK's own adapter would raise an item's failure from `hasNext`; here `next` raises it at its position, and the
/// one after that goes on.
final class ResultStream<R> implements Stream<R> {

    private final Iterator<R> results;
    private Stream<R> delegate;

    ResultStream(Iterator<R> results, boolean ordered) {
        this.results = results;
        delegate = StreamSupport
                .stream(Spliterators.spliteratorUnknownSize(results, ordered ? Spliterator.ORDERED : 0), false);
    }

    @Override
    public Stream<R> onClose(Runnable closeHandler) {
        delegate = delegate.onClose(closeHandler);
        return this;
    }

    /// Marks the stream as used, as any other terminal operation does, and hands out the results themselves.
    @Override
    public Iterator<R> iterator() {
        var _ = delegate.iterator();
        return results;
    }

    @Override
    public Stream<R> filter(Predicate<? super R> predicate) {
        return delegate.filter(predicate);
    }

    @Override
    public <U> Stream<U> map(Function<? super R, ? extends U> mapper) {
        return delegate.map(mapper);
    }

    @Override
    public IntStream mapToInt(ToIntFunction<? super R> mapper) {
        return delegate.mapToInt(mapper);
    }

    @Override
    public LongStream mapToLong(ToLongFunction<? super R> mapper) {
        return delegate.mapToLong(mapper);
    }

    @Override
    public DoubleStream mapToDouble(ToDoubleFunction<? super R> mapper) {
        return delegate.mapToDouble(mapper);
    }

    @Override
    public <U> Stream<U> flatMap(Function<? super R, ? extends Stream<? extends U>> mapper) {
        return delegate.flatMap(mapper);
    }

    @Override
    public IntStream flatMapToInt(Function<? super R, ? extends IntStream> mapper) {
        return delegate.flatMapToInt(mapper);
    }

    @Override
    public LongStream flatMapToLong(Function<? super R, ? extends LongStream> mapper) {
        return delegate.flatMapToLong(mapper);
    }

    @Override
    public DoubleStream flatMapToDouble(Function<? super R, ? extends DoubleStream> mapper) {
        return delegate.flatMapToDouble(mapper);
    }

    @Override
    public <U> Stream<U> mapMulti(BiConsumer<? super R, ? super Consumer<U>> mapper) {
        return delegate.mapMulti(mapper);
    }

    @Override
    public IntStream mapMultiToInt(BiConsumer<? super R, ? super IntConsumer> mapper) {
        return delegate.mapMultiToInt(mapper);
    }

    @Override
    public LongStream mapMultiToLong(BiConsumer<? super R, ? super LongConsumer> mapper) {
        return delegate.mapMultiToLong(mapper);
    }

    @Override
    public DoubleStream mapMultiToDouble(BiConsumer<? super R, ? super DoubleConsumer> mapper) {
        return delegate.mapMultiToDouble(mapper);
    }

    @Override
    public Stream<R> distinct() {
        return delegate.distinct();
    }

    @Override
    public Stream<R> sorted() {
        return delegate.sorted();
    }

    @Override
    public Stream<R> sorted(Comparator<? super R> comparator) {
        return delegate.sorted(comparator);
    }

    @Override
    public Stream<R> peek(Consumer<? super R> action) {
        return delegate.peek(action);
    }

    @Override
    public Stream<R> limit(long maxSize) {
        return delegate.limit(maxSize);
    }

    @Override
    public Stream<R> skip(long n) {
        return delegate.skip(n);
    }

    @Override
    public Stream<R> takeWhile(Predicate<? super R> predicate) {
        return delegate.takeWhile(predicate);
    }

    @Override
    public Stream<R> dropWhile(Predicate<? super R> predicate) {
        return delegate.dropWhile(predicate);
    }

    @Override
    public <U> Stream<U> gather(Gatherer<? super R, ?, U> gatherer) {
        return delegate.gather(gatherer);
    }

    @Override
    public void forEach(Consumer<? super R> action) {
        delegate.forEach(action);
    }

    @Override
    public void forEachOrdered(Consumer<? super R> action) {
        delegate.forEachOrdered(action);
    }

    @Override
    public Object[] toArray() {
        return delegate.toArray();
    }

    @Override
    public <A> A[] toArray(IntFunction<A[]> generator) {
        return delegate.toArray(generator);
    }

    @Override
    public R reduce(R identity, BinaryOperator<R> accumulator) {
        return delegate.reduce(identity, accumulator);
    }

    @Override
    public Optional<R> reduce(BinaryOperator<R> accumulator) {
        return delegate.reduce(accumulator);
    }

    @Override
    public <U> U reduce(U identity, BiFunction<U, ? super R, U> accumulator, BinaryOperator<U> combiner) {
        return delegate.reduce(identity, accumulator, combiner);
    }

    @Override
    public <U> U collect(Supplier<U> supplier, BiConsumer<U, ? super R> accumulator, BiConsumer<U, U> combiner) {
        return delegate.collect(supplier, accumulator, combiner);
    }

    @Override
    public <U, A> U collect(Collector<? super R, A, U> collector) {
        return delegate.collect(collector);
    }

    @Override
    public List<R> toList() {
        return delegate.toList();
    }

    @Override
    public Optional<R> min(Comparator<? super R> comparator) {
        return delegate.min(comparator);
    }

    @Override
    public Optional<R> max(Comparator<? super R> comparator) {
        return delegate.max(comparator);
    }

    @Override
    public long count() {
        return delegate.count();
    }

    @Override
    public boolean anyMatch(Predicate<? super R> predicate) {
        return delegate.anyMatch(predicate);
    }

    @Override
    public boolean allMatch(Predicate<? super R> predicate) {
        return delegate.allMatch(predicate);
    }

    @Override
    public boolean noneMatch(Predicate<? super R> predicate) {
        return delegate.noneMatch(predicate);
    }

    @Override
    public Optional<R> findFirst() {
        return delegate.findFirst();
    }

    @Override
    public Optional<R> findAny() {
        return delegate.findAny();
    }

    @Override
    public Spliterator<R> spliterator() {
        return delegate.spliterator();
    }

    @Override
    public boolean isParallel() {
        return delegate.isParallel();
    }

    @Override
    public void close() {
        delegate.close();
    }

    @Override
    public Stream<R> sequential() {
        return delegate.sequential();
    }

    @Override
    public Stream<R> parallel() {
        return delegate.parallel();
    }

    @Override
    public Stream<R> unordered() {
        return delegate.unordered();
    }
}
