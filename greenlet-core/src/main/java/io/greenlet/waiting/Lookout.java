package io.greenlet.waiting;

/// How the waits of one place begin: by looking out for the gift, or by parking at once.
///
/// A gift from another processor is often there within a fraction of a microsecond, and who looks for it that long saves
/// a park, a wake-up, and the way to another processor. A giver that is to run on the very carrier of the one who waits
/// is held up by that instead. A virtual thread cannot see which of both it is, so the place learns it:
///
/// ```
///   new: as after five looks in vain, so 31 waits park at once
///   next waits look ──in vain──▶ 1 wait parks at once, after the next in vain 3, 7, … 255
///          ▲                                     │
///          └────────────── found ◀── looks again ┘
/// ```
///
/// So the waits of a place where looking is in vain spend some microseconds on it once in 256 times, and those of a place
/// for a few waits only, such as one that is made for a single answer, none: it would end before it had learned.
///
/// The counts are plain: threads that change them at the same time lose a step, and that costs a look or a park.
public final class Lookout {

    private static final int LONGEST_PAUSE = 255;
    private static final int FIRST_PAUSE = 31;

    private int pause = FIRST_PAUSE; // how many waits park at once after the last that looked in vain
    private int left = FIRST_PAUSE; // how many of them are still to come

    /// A place where nobody has waited yet.
    public Lookout() {}

    /// Says whether the wait that begins now is to look.
    boolean isWorthIt() {
        int waits = left;
        if (waits > 0) {
            left = waits - 1;
            return false;
        }
        return true;
    }

    /// Learns that a wait found its gift by looking.
    void found() {
        if (pause != 0) { // most find it zero, and share the line of the cache
            pause = 0;
            left = 0; // of another wait, which has looked in vain meanwhile
        }
    }

    /// Learns that a wait looked in vain.
    void inVain() {
        int longer = Math.min(pause * 2 + 1, LONGEST_PAUSE);
        pause = longer;
        left = longer;
    }
}
