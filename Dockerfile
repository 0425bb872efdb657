# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
COPY --from=build /src/target/release/export-advisor /usr/local/bin/export-advisor
# Without a home: what is kept lies in the one volume.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin advisor \
    && install -d -m 0700 -o advisor /var/lib/export-advisor
USER 10001
VOLUME /var/lib/export-advisor
ENV EXPORT_ADVISOR_BIND=0.0.0.0:8080 \
    EXPORT_ADVISOR_DATA=/var/lib/export-advisor \
    EXPORT_ADVISOR_LOG=json
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3"]
ENTRYPOINT ["export-advisor"]
CMD ["serve"]
