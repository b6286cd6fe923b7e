package io.greenlet.periodic;

/// Thrown by the body of a periodic task that has done its work: the run counts as a success, and the task is retired.
///
/// futurist: `NeverAgain`.
public class NeverAgain extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// The end of a task.
    public NeverAgain() {
        this("never again");
    }

    /// The end of a task, with its reason.
    ///
    /// @param message why
    public NeverAgain(String message) {
        super(message, null, false, false);
    }
}
