// Score two passengers in Java: java -cp onnxruntime.jar Score.java passengers.onnx
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Map;

public class Score {
  public static void main(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("give a model");
      System.exit(2);
    }
    OrtEnvironment env = OrtEnvironment.getEnvironment();
    // A column for each input; the number of rows is that of the columns.
    try (OrtSession session = env.createSession(arguments[0]);
        OnnxTensor age = OnnxTensor.createTensor(env, new double[] {29, Double.NaN});
        OnnxTensor fare = OnnxTensor.createTensor(env, new double[] {7.25, 71.5});
        OnnxTensor sex = OnnxTensor.createTensor(env, new String[] {"male", "female"});
        OrtSession.Result result = session.run(Map.of("age", age, "fare", fare, "sex", sex))) {
      String[] labels = (String[]) result.get("label").get().getValue();
      double[][] probabilities = (double[][]) result.get("probabilities").get().getValue();
      for (int i = 0; i < labels.length; i++) {
        System.out.println(labels[i] + " " + probabilities[i][0] + " " + probabilities[i][1]);
      }
    } catch (OrtException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    }
  }
}
