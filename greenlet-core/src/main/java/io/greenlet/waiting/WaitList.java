package io.greenlet.waiting;

import org.jspecify.annotations.Nullable;

/// A first-in, first-out line whose members can leave from anywhere in O(1).
///
/// The members carry the links themselves, so standing in line allocates nothing more, and a member stands in at most
/// one line at a time. A plain data structure for one thread: its owner guards it with its lock.
///
/// @param <N> what stands in line
public final class WaitList<N extends WaitList.Node> {

    /// Something that can stand in line.
    public abstract static class Node {

        private @Nullable WaitList<?> list; // the line it stands in
        private @Nullable Node before;
        private @Nullable Node after;

        /// A node that stands in no line.
        protected Node() {}
    }

    private @Nullable Node first;
    private @Nullable Node last;
    private int size;

    /// An empty line.
    public WaitList() {}

    /// Returns how many stand in line.
    ///
    /// @return zero or more
    public int size() {
        return size;
    }

    /// Says whether nobody stands in line.
    ///
    /// @return whether the size is zero
    public boolean isEmpty() {
        return first == null;
    }

    /// Joins the line at its end.
    ///
    /// @param node a node that stands in no line
    public void add(N node) {
        Node joining = node;
        assert joining.list == null : "stands in a line already";
        joining.list = this;
        joining.before = last;
        if (last == null) {
            first = joining;
        } else {
            last.after = joining;
        }
        last = joining;
        size++;
    }

    /// Returns who is first in line and stays there.
    ///
    /// @return the first, or null when nobody stands in line
    @SuppressWarnings("unchecked") // only add() puts nodes in
    public @Nullable N peek() {
        return (N) first;
    }

    /// Takes out who is first in line.
    ///
    /// @return the first, or null when nobody stands in line
    public @Nullable N poll() {
        N node = peek();
        if (node != null) {
            remove(node);
        }
        return node;
    }

    /// Leaves the line.
    ///
    /// @param node the one that leaves
    /// @return whether it stood in this line
    public boolean remove(N node) {
        Node leaving = node;
        if (leaving.list != this) {
            return false;
        }
        Node before = leaving.before;
        Node after = leaving.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        leaving.list = null;
        leaving.before = null;
        leaving.after = null;
        size--;
        return true;
    }

    /// Says whether a node stands in this line.
    ///
    /// @param node the node to look for
    /// @return whether it does
    public boolean contains(N node) {
        return ((Node) node).list == this;
    }

    /// Returns who stands behind a node of this line.
    ///
    /// @param node a node of this line
    /// @return the next in line, or null when `node` is the last
    @SuppressWarnings("unchecked") // only add() puts nodes in
    public @Nullable N after(N node) {
        assert contains(node);
        return (N) ((Node) node).after;
    }
}
