# docker build -t mcnd .
# docker run --read-only --tmpfs /tmp -v mcnd:/data -p 8080:8080 -p 127.0.0.1:8081:8081 \
#     -e MCND__SERVER__PUBLIC_URL=https://mcn.example mcnd

FROM rust:1.95-bookworm AS build
WORKDIR /build

# The dependencies first, with an empty program: they are built again only when the manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY benches benches
RUN mkdir src && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
    && cargo build --locked --release \
    && rm -r src

COPY config config
COPY migrations migrations
COPY src src
# Copied files may be older than what the empty program left behind.
RUN touch src/main.rs src/lib.rs \
    && cargo build --locked --release \
    && mkdir /image-data

# C libraries, root certificates and an unprivileged user; no shell, no compiler, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/mcnd /usr/local/bin/mcnd
COPY --from=build --chown=65532:65532 /image-data /data

# The catalog, and the only place that is written to.
VOLUME /data
WORKDIR /data
USER 65532:65532
# Huge pages would multiply the memory of a daemon that needs 20 MiB.
ENV MIMALLOC_ALLOW_THP=0 \
    MCND__DATABASE__URL=sqlite:/data/mcnd.sqlite \
    MCND__SERVER__PUBLIC=0.0.0.0:8080 \
    MCND__SERVER__OPERATOR=0.0.0.0:8081
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/mcnd", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/mcnd"]
CMD ["serve"]
