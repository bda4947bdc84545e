"""The ports of the domain, on AWS and Redis. Here, and only here, AWS's errors become ours."""
