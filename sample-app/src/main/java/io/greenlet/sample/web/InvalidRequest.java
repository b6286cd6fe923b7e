package io.greenlet.sample.web;

/// A field of a request that breaks a rule.
final class InvalidRequest extends RuntimeException {

    private static final long serialVersionUID = 1;

    InvalidRequest(String field, String rule, Object value) {
        super(field + " must " + rule + ": " + value);
    }
}
