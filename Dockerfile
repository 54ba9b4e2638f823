# The service in a container. Built without any network, from our own base image and from wheels gathered beforehand:
#   scripts/image      makes the base, gathers the wheels, builds
# Run, with the engine's socket and a data directory:
#   docker run -d --name buildsvc -v /var/run/docker.sock:/var/run/docker.sock -v buildsvc:/data -p 8420:8420 buildsvc
ARG BASE
FROM ${BASE} AS installed
LABEL io.buildsvc.stage=installed
USER 0
COPY requirements.txt /wheels/
COPY .cache/wheels /wheels/
RUN pip="python3 $(ls /usr/share/python-wheels/pip-*.whl)/pip" \
 && $pip install --no-cache-dir --no-index --find-links /wheels --require-hashes --target /opt/buildsvc -r /wheels/requirements.txt \
 && $pip install --no-cache-dir --no-index --no-deps --upgrade --target /opt/buildsvc /wheels/buildsvc-*.whl

FROM ${BASE}
# root, because the engine's socket belongs to root and a group whose number differs from host to host.
USER 0
COPY --from=installed /opt/buildsvc /opt/buildsvc
ENV PATH=/opt/buildsvc/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/opt/buildsvc PYTHONUNBUFFERED=1 \
    BUILDSVC_DATA=/data BUILDSVC_LISTEN=0.0.0.0:8420
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD curl -fsS -o /dev/null http://127.0.0.1:8420/healthz || curl -fsSk -o /dev/null https://127.0.0.1:8420/healthz
ENTRYPOINT ["python3", "-m", "buildsvc.doors.cli.main"]
CMD ["up"]
