# Built by `sam build`. Plain Dockerfile syntax throughout: SAM's default builder is the one before BuildKit.

FROM public.ecr.aws/lambda/python:3.13 AS build

COPY locks/lambda.lock /build/
RUN pip install --quiet --require-hashes --only-binary :all: --no-compile --no-cache-dir \
        --target /build/dependencies --requirement /build/lambda.lock

# Nothing at run time reads the packages' own tests and command-line scripts, nor botocore's descriptions of the
# services that are not called: 28 MB for a few hundred services.
RUN rm -rf /build/dependencies/bin \
    && find /build/dependencies -type d -name tests -prune -exec rm -rf {} + \
    && find /build/dependencies/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name s3 ! -name lambda ! -name codedeploy -exec rm -rf {} +

COPY src/colorquant /build/source/colorquant

# Lambda's file system is read-only, so bytecode that is not here now would be compiled again at every cold start.
# "unchecked" trusts it without comparing dates. Lambda's user owns none of these files and must be able to read
# them whatever the umask of the checkout they came from.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /build/dependencies /build/source \
    && chmod -R a+rX,go-w /build/dependencies /build/source


FROM public.ecr.aws/lambda/python:3.13

# checkov:skip=CKV_DOCKER_2:Lambda knows by itself whether the runtime answers, and runs no HEALTHCHECK.
# checkov:skip=CKV_DOCKER_3:Lambda brings its own unprivileged user; the last comment here tells why there is no USER.

# One thread each: on arrays this small starting threads costs more than they save, pools that are never used need not
# be set up at a cold start, and a function sees two processors where it has the time of one. joblib, which
# scikit-learn imports, would otherwise try for semaphores, which Lambda has none of, and warn.
ENV OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    OPENCV_FOR_THREADS_NUM=1 \
    JOBLIB_MULTIPROCESSING=0

# OpenCV's own limit, read once when it is imported: the default of MAX_PIXELS, where OpenCV's is ten times that. Its
# limits a side stay as they are; MAX_PIXELS has none, and a long strip is as good an image as a square one.
ENV OPENCV_IO_MAX_IMAGE_PIXELS=100000000

# Two layers, so that a change of our own code leaves the large one as it is.
COPY --from=build /build/dependencies ${LAMBDA_TASK_ROOT}/
COPY --from=build /build/source ${LAMBDA_TASK_ROOT}/

# The build fails if the image cannot do its job: this imports all there is, makes every client, recolors a gradient
# from an array and then from the PNG that came out, and does so with scikit-learn too.
RUN OUTPUT_BUCKET=none AWS_DEFAULT_REGION=us-east-1 PYTHONDONTWRITEBYTECODE=1 python -c "\
import boto3, numpy; \
from colorquant import quantize; \
from colorquant.aws import backfill, canary, deployment, handler, trial; \
from colorquant.aws.store import shared_store; \
shared_store(); \
[boto3.client(name) for name in ('lambda', 'codedeploy')]; \
gradient = numpy.arange(256, dtype=numpy.uint8).repeat(3).reshape(16, 16, 3); \
quantize(quantize(gradient, engine='scikit-learn').to_png())"

# No USER: Lambda runs every image as an unprivileged user of its own and ignores the instruction, while `sam local`
# has to write into the image as root and fails with one.
CMD ["colorquant.aws.handler.on_object_created"]
