# Weir as an image:
#   docker build -t weir --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges -v "$PWD/weir.yaml:/etc/weir/weir.yaml:ro" weir
# It writes to /var/lib/weir alone. Another base, such as one of your own, is --build-arg BASE=…; it needs Node 24.12 or newer.
ARG BASE=docker.io/library/node:26.10.0-bookworm-slim

# Plain JavaScript from the source.
FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig*.json ./
COPY packaging packaging
COPY src src
COPY LICENSE ./
COPY config config
ARG REVISION=dev
# Readable for everybody, and so for the program's user, whatever the umask was under which this folder was checked out.
RUN npm run -s build -- --commit "${REVISION}" && chmod -R a+rX package.json LICENSE config dist

# The libraries that the program loads, and of those the files that it loads.
FROM ${BASE} AS libraries
WORKDIR /libraries
COPY package.json package-lock.json packaging/prune.ts ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && node prune.ts node_modules

FROM ${BASE}
# No package manager, and a state folder that belongs to the user of the program.
RUN rm -rf /usr/local/lib/node_modules /usr/local/lib/npm /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn* /opt/yarn* \
  && mkdir -p /etc/weir /var/lib/weir && chown 65532:65532 /var/lib/weir \
  && ln -s /opt/weir/dist/main.js /usr/local/bin/weir
COPY --from=build /build/package.json /build/LICENSE /opt/weir/
COPY --from=build /build/config /opt/weir/config
COPY --from=libraries /libraries/node_modules /opt/weir/node_modules
COPY --from=build /build/dist /opt/weir/dist

ARG VERSION=0.1.0
ARG REVISION=dev
LABEL org.opencontainers.image.title="weir" \
  org.opencontainers.image.description="A reverse-proxy sidecar that splits traffic between a stable and a candidate release, and takes the candidate out by itself when it breaks its limits." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
WORKDIR /var/lib/weir
VOLUME /var/lib/weir
EXPOSE 8080 9902
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--expose-gc", "--max-semi-space-size=2", "--single-threaded", "/opt/weir/dist/main.js"]
CMD ["serve", "--config", "/etc/weir/weir.yaml"]
