package io.greenlet.boot;

/// The application cannot start as it is configured: the message says what is wrong, the action what to do about it.
/// Spring Boot prints both in place of a stack trace.
public final class GreenletConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /// A failure.
    ///
    /// @param message what is wrong, naming the property or the method
    /// @param action what to do, with values
    public GreenletConfigurationException(String message, String action) {
        super(message);
        this.action = action;
    }

    /// Returns what to do.
    ///
    /// @return a sentence or two
    public String action() {
        return action;
    }
}
