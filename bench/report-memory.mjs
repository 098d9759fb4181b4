// Loaded into a server by `--import`: asked over IPC, it answers, after a collection, with the bytes in use and those that the process has.
process.on('message', async (question) => {
  if (question !== 'memory') return;
  // What a closed or opened socket leaves behind is freed over several turns of the loop.
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ answer: { used: heapUsed + external, resident: rss } });
});
process.channel?.unref();
