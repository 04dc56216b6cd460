# Two stages: build with the compiler, run without it. The image runs as an unprivileged user and never writes outside /var/lib/gatehouse, so the
# root file system can be read-only:  docker run --read-only --cap-drop ALL --security-opt no-new-privileges …
FROM debian:bookworm-slim AS build
ENV DEBIAN_FRONTEND=noninteractive
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup --for build
COPY CMakeLists.txt CMakePresets.json ./
COPY policy policy
COPY crypto crypto
COPY adapters adapters
COPY gateway gateway
COPY config config
RUN scripts/setup --for build && cmake --preset release && cmake --build --preset release && DESTDIR=/out cmake --install build/release --prefix /usr --strip

FROM debian:bookworm-slim
ENV DEBIAN_FRONTEND=noninteractive
COPY scripts/setup /tmp/setup
RUN /tmp/setup --for server && rm -rf /tmp/setup /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 gatehouse \
 && useradd --system --uid 10001 --gid gatehouse --no-create-home --home-dir /var/lib/gatehouse --shell /usr/sbin/nologin gatehouse \
 && useradd --system --uid 10002 --gid gatehouse --no-create-home --home-dir /var/lib/gatehouse --shell /usr/sbin/nologin gatehouse-log \
 && install -d -o gatehouse -g gatehouse -m 0750 /var/lib/gatehouse
COPY --from=build /out/usr/bin/gatehouse /out/usr/bin/gatehouse-convert /usr/bin/
COPY --from=build /out/usr/share/gatehouse /usr/share/gatehouse
ENV GATEHOUSE_CONFIG_DIR=/usr/share/gatehouse GATEHOUSE_CONFIG=/var/lib/gatehouse/site/gatehouse.json
USER gatehouse
VOLUME /var/lib/gatehouse
WORKDIR /var/lib/gatehouse
EXPOSE 8443
# SIGTERM: stop accepting, finish what is being answered, end.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/gatehouse"]
CMD ["serve"]
