// Score two passengers in C#, with the package Microsoft.ML.OnnxRuntime: dotnet run passengers.onnx
using System;
using System.Collections.Generic;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

public static class Score
{
    public static int Main(string[] arguments)
    {
        if (arguments.Length != 1)
        {
            Console.Error.WriteLine("give a model");
            return 2;
        }
        try
        {
            using (var session = new InferenceSession(arguments[0]))
            {
                // A column for each input; the number of rows is that of the columns.
                var columns = new List<NamedOnnxValue>
                {
                    NamedOnnxValue.CreateFromTensor("age", new DenseTensor<double>(new[] { 29, double.NaN }, new[] { 2 })),
                    NamedOnnxValue.CreateFromTensor("fare", new DenseTensor<double>(new[] { 7.25, 71.5 }, new[] { 2 })),
                    NamedOnnxValue.CreateFromTensor("sex", new DenseTensor<string>(new[] { "male", "female" }, new[] { 2 })),
                };
                using (var results = session.Run(columns, new[] { "label", "probabilities" }))
                {
                    var enumerator = results.GetEnumerator();
                    enumerator.MoveNext();
                    var labels = enumerator.Current.AsTensor<string>();
                    enumerator.MoveNext();
                    var probabilities = enumerator.Current.AsTensor<double>();
                    for (int i = 0; i < 2; i++)
                    {
                        Console.WriteLine($"{labels[i]} {probabilities[i, 0]} {probabilities[i, 1]}");
                    }
                }
            }
            return 0;
        }
        catch (OnnxRuntimeException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
