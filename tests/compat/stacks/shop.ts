// A stack around the guide's excerpt, which takes the place of the line that names it.
import * as cdk from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

class Shop extends cdk.Stack {
  constructor(scope: Construct, organization: string) {
    super(scope, "Shop");
    const countVisits = new lambda.Function(this, "CountVisits", {
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: "index.handler",
      code: lambda.Code.fromInline("def handler(event, context): return None"),
    });
    // The excerpt.
  }
}

new Shop(new cdk.App(), process.env.ORGANIZATION!);
