# Builds with what compiling better-sqlite3 needs, where no built one can be had; runs with nothing but Node.
FROM node:22-bookworm-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /parley
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY schema schema
COPY scripts scripts
COPY src src
COPY console console
COPY docs/operations docs/operations
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 SQLITE_PATH=/data/parley.db
# What is large goes back to the system once it is let go of: by itself glibc begins to keep it, in each thread (docs/deploy.md).
ENV MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=8388608
WORKDIR /parley
COPY --from=build /parley/package.json ./
COPY --from=build /parley/node_modules node_modules
COPY --from=build /parley/schema schema
COPY --from=build /parley/dist dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# One thread of V8 collects beside the one that answers: four take the processors that it waits for (docs/deploy.md).
CMD ["node", "--v8-pool-size=1", "dist/main.js"]
