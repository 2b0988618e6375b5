// Score two passengers in C++: c++ -std=c++17 score.cpp -lonnxruntime -o score && ./score passengers.onnx
#include <onnxruntime_cxx_api.h>

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "give a model\n";
    return 2;
  }
  try {
    Ort::Env env;
    Ort::Session session(env, arguments[1], Ort::SessionOptions());
    auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    Ort::AllocatorWithDefaultOptions allocator;

    // A column for each input; the number of rows is that of the columns.
    std::vector<double> age{29, std::nan("")}, fare{7.25, 71.5};
    std::vector<const char*> sex{"male", "female"};
    std::vector<int64_t> rows{2};
    std::vector<Ort::Value> columns;
    for (auto* numbers : {&age, &fare})
      columns.push_back(Ort::Value::CreateTensor<double>(memory, numbers->data(), numbers->size(), rows.data(), 1));
    columns.push_back(
        Ort::Value::CreateTensor(allocator, rows.data(), 1, ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING));
    columns.back().FillStringTensor(sex.data(), sex.size());

    const char* inputs[] = {"age", "fare", "sex"};
    const char* outputs[] = {"label", "probabilities"};
    auto results = session.Run(Ort::RunOptions(), inputs, columns.data(), columns.size(), outputs, 2);
    const double* probabilities = results[1].GetTensorData<double>();
    for (size_t i = 0; i < 2; ++i) {
      std::string label(results[0].GetStringTensorElementLength(i), ' ');
      results[0].GetStringTensorElement(label.size(), i, label.data());
      std::cout << label << " " << probabilities[2 * i] << " " << probabilities[2 * i + 1] << "\n";
    }
  } catch (const Ort::Exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
