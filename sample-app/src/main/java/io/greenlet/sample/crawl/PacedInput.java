package io.greenlet.sample.crawl;

import io.greenlet.Green;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/// The bytes of a page on their way into the parser, in small portions. Before each one, the other green threads get
/// their turn, and the parser is stopped if it was interrupted or its time is over.
///
/// Parsing burns processor time, and a green thread that does not block is not pre-empted: a page made to be parsed for
/// minutes (there are such) would hold a processor for minutes.
final class PacedInput extends FilterInputStream {

    /// The time for a visit is over.
    static final class OutOfTime extends IOException {
        private static final long serialVersionUID = 1;
    }

    private static final int PORTION = 4 * 1024;

    private final Deadline deadline;

    PacedInput(InputStream in, Deadline deadline) {
        super(in);
        this.deadline = deadline;
    }

    @Override
    public int read() throws IOException {
        pause();
        return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        pause();
        return in.read(bytes, offset, Math.min(length, PORTION));
    }

    private void pause() throws IOException {
        Green.yieldNow();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while reading a page");
        }
        if (deadline.nanosLeft() <= 0) {
            throw new OutOfTime();
        }
    }
}
