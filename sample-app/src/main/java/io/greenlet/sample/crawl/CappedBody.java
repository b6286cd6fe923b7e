package io.greenlet.sample.crawl;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

import org.jspecify.annotations.Nullable;

/// A response body up to a limit. Beyond it the body is cut off: the connection is closed, and no more than the limit
/// and what was in the socket's buffers has been read, whatever the server goes on sending.
///
/// The client calls [#onSubscribe], [#onNext], … one after the other, so the fields need no lock.
final class CappedBody implements BodySubscriber<CappedBody.Content> {

    /// What was read.
    ///
    /// @param bytes at most as many as the limit; empty if the body was cut off
    /// @param cut whether there was more
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Content(byte[] bytes, boolean cut) {}

    private static final Content CUT = new Content(new byte[0], true);

    private final long limit;
    private final CompletableFuture<Content> content = new CompletableFuture<>();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private @Nullable Subscription subscription;

    CappedBody(long limit) {
        this.limit = limit;
    }

    @Override
    public CompletionStage<Content> getBody() {
        return content;
    }

    @Override
    public void onSubscribe(Subscription body) {
        subscription = body;
        if (limit < 0) {
            cut(body);
        } else {
            body.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> chunk) {
        Subscription body = subscription;
        if (body == null || content.isDone()) {
            return;
        }
        for (ByteBuffer bytes : chunk) {
            if (buffer.size() + bytes.remaining() > limit) {
                cut(body);
                return;
            }
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            buffer.writeBytes(copy);
        }
        body.request(1);
    }

    private void cut(Subscription body) {
        buffer.reset();
        content.complete(CUT);
        body.cancel();
    }

    @Override
    public void onError(Throwable error) {
        content.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        content.complete(new Content(buffer.toByteArray(), false));
    }
}
