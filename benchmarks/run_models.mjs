// Run exported models on onnxruntime for JavaScript: node run_models.mjs RUNTIME FOLDER AFTER.
//
// RUNTIME is `node` (onnxruntime-node), `wasm` (onnxruntime-web in Node), `chromium` or `webgpu` (onnxruntime-web
// in a page of the browser that CHROMIUM names). PACKAGES is the folder that holds node_modules. The result is a
// line of JSON for each case behind AFTER: its number, and its outputs, or the reason if it fails.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";

const [runtime, folder, after] = process.argv.slice(2);
const packages = process.env.PACKAGES;
const require = createRequire(join(packages, "index.js"));

/** Run one case; a page gets the text of this function, which therefore uses nothing from outside of it. */
async function score(model, inputs, providers) {
  const arrays = {
    float16: globalThis.Float16Array ?? Uint16Array, float32: Float32Array, float64: Float64Array,
    int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array,
    uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array, bool: Uint8Array,
  };
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const text = (view) => {
    const parts = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return btoa(Array.from(parts, (byte) => String.fromCharCode(byte)).join(""));
  };
  const options = { executionProviders: providers, logSeverityLevel: 4 };
  const session = await globalThis.ort.InferenceSession.create(bytes(model), options);
  try {
    const feeds = {};
    for (const [name, [dtype, shape, data]] of Object.entries(inputs)) {
      const elements = dtype === "string" ? data : new arrays[dtype](bytes(data).buffer);
      feeds[name] = new globalThis.ort.Tensor(dtype, elements, shape);
    }
    const outputs = {};
    for (const [name, tensor] of Object.entries(await session.run(feeds))) {
      const data = await tensor.getData();
      outputs[name] = [tensor.type, tensor.dims, tensor.type === "string" ? data : text(data)];
    }
    return outputs;
  } finally {
    await session.release();
  }
}

/** Return a function that runs a case in this process. */
function here(name, providers) {
  globalThis.ort = require(name);
  globalThis.ort.env.logLevel = "fatal";
  globalThis.ort.env.wasm.numThreads = 1;
  return [(model, inputs) => score(model, inputs, providers), () => {}];
}

/** Return a function that runs a case in a page. */
async function page(providers) {
  const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer((request, response) => {
    if (request.url === "/") {
      response.setHeader("Content-Type", "text/html");
      return response.end('<script src="ort.all.min.js"></script>');
    }
    const path = join(packages, "node_modules/onnxruntime-web/dist", request.url);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream");
    response.end(readFileSync(path));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { chromium } = require("playwright-core");
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const adapter = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", ...quiet, ...(providers.includes("webgpu") ? adapter : ["--disable-gpu"])],
  });
  const opened = await browser.newPage();
  await opened.goto(`http://127.0.0.1:${server.address().port}/`);
  const settings = 'ort.env.logLevel = "fatal"; ort.env.wasm.numThreads = 1;';
  await opened.addScriptTag({ content: `${score}; globalThis.score = score; ${settings}` });
  const run = (model, inputs) =>
    opened.evaluate(([...parts]) => globalThis.score(...parts), [model, inputs, providers]);
  return [run, () => Promise.all([browser.close(), server.close()])];
}

const runtimes = {
  node: () => here("onnxruntime-node", ["cpu"]),
  wasm: () => here("onnxruntime-web", ["wasm"]),
  chromium: () => page(["wasm"]),
  webgpu: () => page(["webgpu"]),
};
const [run, close] = await runtimes[runtime]();
const numbers = readdirSync(folder).filter((name) => name.endsWith(".onnx")).map((name) => parseInt(name));
for (const number of numbers.sort((a, b) => a - b).filter((number) => number > Number(after))) {
  const file = (ending) => readFileSync(join(folder, `${number}${ending}`));
  const { inputs } = JSON.parse(file(".json"));
  let result;
  try {
    result = await run(file(".onnx").toString("base64"), inputs);
  } catch (error) {
    const [first] = String(error?.message ?? error).split("\n");
    result = `error: ${first.slice(0, 300)}`;
  }
  process.stdout.write(`${JSON.stringify([number, result])}\n`);
}
await close();
process.exit(0);
