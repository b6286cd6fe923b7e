package io.greenlet.pool;

/// What a taker gets from a [ResourceStore].
///
/// @param <T> what is pooled
sealed interface ResourceGrant<T> {

    /// A resource.
    record Ready<T>(ResourceStore.Entry<T> entry) implements ResourceGrant<T> {}

    /// A resource that has to be checked first.
    record Unchecked<T>(ResourceStore.Entry<T> entry) implements ResourceGrant<T> {}

    /// The place of a resource that is to be destroyed.
    record Expired<T>(ResourceStore.Entry<T> entry) implements ResourceGrant<T> {}

    /// Room to make one.
    record Room<T>() implements ResourceGrant<T> {}

    /// Nothing so far: it stands in line, or the time is over.
    record Nothing<T>() implements ResourceGrant<T> {}

    /// Nothing any more: the pool is closed.
    record Closed<T>() implements ResourceGrant<T> {}
}
