package io.greenlet;

import java.util.concurrent.CancellationException;

/// Ends a green thread on request: what [GreenThread#kill()] raises.
///
/// A body that throws it by itself ends as if killed: cancelled, and reported to nobody but those who await it.
/// greenlet: `GreenletExit`.
public class GreenletExit extends CancellationException {

    private static final long serialVersionUID = 1L;

    /// An exit without a message.
    public GreenletExit() {}

    /// An exit that says why.
    ///
    /// @param message why the green thread ends
    public GreenletExit(String message) {
        super(message);
    }
}
