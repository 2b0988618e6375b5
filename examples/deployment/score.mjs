// Score two passengers in Node: node score.mjs passengers.onnx
import ort from "onnxruntime-node";

const session = await ort.InferenceSession.create(process.argv[2]);
const column = (type, values) => new ort.Tensor(type, values, [values.length]);
const { label, probabilities } = await session.run({
  age: column("float64", Float64Array.of(29, NaN)), // NaN is a missing age
  fare: column("float64", Float64Array.of(7.25, 71.5)),
  sex: column("string", ["male", "female"]),
});
console.log(JSON.stringify({ label: label.data, probabilities: [...probabilities.data] }));
