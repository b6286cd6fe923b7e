package io.greenlet.sample.crawl;

/// How far a check has come.
///
/// @param pagesDone pages visited, well or in vain
/// @param pagesKnown pages of the site that links have named so far
/// @param links links seen so far, with repetitions
/// @param broken distinct URLs found broken so far
/// @param millis time since the check began, in milliseconds
public record Progress(int pagesDone, int pagesKnown, long links, int broken, long millis) {}
