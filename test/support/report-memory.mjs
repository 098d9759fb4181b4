// Loaded into a server by `--expose-gc --import`: asked over IPC, it answers with the bytes in use after a collection, and
// with how many connections are open and how many keys every object has by itself.
process.on('message', async (question) => {
  if (question !== 'memory') return;
  // What a closed socket leaves behind is freed over several turns of the loop.
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const connections = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const prototypeKeys = Reflect.ownKeys(Object.prototype).length;
  process.send({ heap: heapUsed + external, rss, connections, prototypeKeys });
});
process.channel?.unref();
